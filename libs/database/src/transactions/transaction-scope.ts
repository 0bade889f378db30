import { AsyncLocalStorage } from 'node:async_hooks';
import { runInUnitOfWork } from '@eggybyte/observability';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { endedRunner } from './ended-runner.js';
import { OpenTransaction } from './open-transaction.js';
import { sealable } from './seal-runner.js';

export interface TransactionWork<T> {
  work: (manager: EntityManager) => Promise<T>;
  isolation?: IsolationLevel | undefined;
  /** The connection to use, when the caller has one already. */
  runner?: QueryRunner | undefined;
}

/** The transactions of one data source: which of them the running code is in. */
export class TransactionScope {
  readonly #storage = new AsyncLocalStorage<OpenTransaction>();

  constructor(private readonly createRunner: () => QueryRunner) {}

  /** Connection of the transaction that the running code is in; when that has ended, one that refuses everything. */
  get runner(): QueryRunner | undefined {
    const open = this.#storage.getStore();
    return open?.ended ? endedRunner(open.runner) : open?.runner;
  }

  /**
   * Runs `work` in a transaction, committed when it resolves and rolled back when it rejects. Inside another one it is
   * a savepoint. It is the current unit of work; what that was given to do after the commit is done before this resolves.
   */
  async run<T>({ work, isolation, runner }: TransactionWork<T>): Promise<T> {
    const outer = this.#storage.getStore();
    if (outer && (!runner || runner === outer.runner)) {
      return outer.nest((nested) => this.#execute(nested, work, isolation));
    }
    if (!runner) return this.#runOnOwnConnection(work, isolation);
    const transaction = new OpenTransaction(runner);
    const result = await this.#execute(transaction, work, isolation);
    await transaction.runActions();
    return result;
  }

  async #runOnOwnConnection<T>(work: TransactionWork<T>['work'], isolation: IsolationLevel | undefined): Promise<T> {
    const runner = this.createRunner();
    const transaction = new OpenTransaction(runner);
    let result: T;
    try {
      result = await this.#execute(transaction, work, isolation, sealable(runner));
    } finally {
      await runner.release();
    }
    // The connection is back first: an action may need one.
    await transaction.runActions();
    return result;
  }

  async #execute<T>(
    transaction: OpenTransaction,
    work: TransactionWork<T>['work'],
    isolation: IsolationLevel | undefined,
    seal: () => void = () => undefined,
  ): Promise<T> {
    const { runner } = transaction;
    const end = async (): Promise<void> => {
      await transaction.end();
      seal();
    };
    await runner.startTransaction(isolation);
    try {
      const result = await this.#storage.run(transaction, () =>
        runInUnitOfWork(transaction, async () => work(runner.manager)),
      );
      await end();
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await end();
      await rollBack(runner);
      throw error;
    }
  }
}

/** Never throws: the error that led here is the one to tell. */
async function rollBack(runner: QueryRunner): Promise<void> {
  try {
    await runner.rollbackTransaction();
  } catch {
    // Nobody knows what state the connection is in, so it must not go back to the pool.
    const connection = (await runner.connect()) as { destroy?: () => void };
    connection.destroy?.();
  }
}
