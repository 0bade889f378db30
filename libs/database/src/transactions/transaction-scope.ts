import { AsyncLocalStorage } from 'node:async_hooks';
import { ArgumentError } from '@eggybyte/errors';
import { runInUnitOfWork } from '@eggybyte/observability';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { commit, discard, rollBack } from './end-transaction.js';
import { endedRunner } from './ended-runner.js';
import { OpenTransaction } from './open-transaction.js';
import { type Outcome, repeat, type RepeatOptions } from './repeat.js';
import { inSavepoint } from './savepoint.js';
import { TransactionGuard } from './transaction-guard.js';

export interface TransactionWork<T> {
  work: (manager: EntityManager) => Promise<T>;
  isolation?: IsolationLevel | undefined;
  /** The connection to use, when the caller has one already. */
  runner?: QueryRunner | undefined;
  /** Whether the outermost one begins anew when the database has rolled it back. @default never */
  repetition?: RepeatOptions | undefined;
}

const ONCE: RepeatOptions = { retries: 0, signal: undefined, onRetry: () => undefined };

/** The transactions of one data source: which of them the running code is in. */
export class TransactionScope {
  readonly #storage = new AsyncLocalStorage<OpenTransaction>();

  constructor(private readonly createRunner: () => QueryRunner) {}

  /** Connection of the transaction that the running code is in; when that has ended, one that refuses everything. */
  get runner(): QueryRunner | undefined {
    const open = this.#storage.getStore();
    return open?.ended ? endedRunner(open.runner) : open?.runner;
  }

  /** The transaction, or the savepoint, that the running code is in, also when it has ended. */
  get current(): Pick<OpenTransaction, 'afterCommit'> | undefined {
    return this.#storage.getStore();
  }

  /**
   * Runs `work` in a transaction, committed when it resolves and rolled back when it rejects. Inside another one it is
   * a savepoint. It is the current unit of work; what that was given to do after the commit is done before this resolves.
   */
  async run<T>(task: TransactionWork<T>): Promise<T> {
    const { runner, work, isolation, repetition = ONCE } = task;
    const outer = this.#storage.getStore();
    if (outer && (!runner || runner === outer.runner)) {
      assertSame(outer.isolation, isolation);
      return outer.nest((nested) => this.#nested(nested, work));
    }
    if (runner) return this.#runOn(runner, task);
    return repeat(repetition, () => this.#attempt(task));
  }

  async #attempt<T>({ work, isolation }: TransactionWork<T>): Promise<Outcome<T>> {
    const runner = this.createRunner();
    const transaction = new OpenTransaction(runner, new TransactionGuard(runner), isolation);
    let result: T;
    try {
      result = await this.#outermost(transaction, work);
    } catch (error) {
      return { error, code: transaction.guard.repeatable };
    } finally {
      await runner.release();
    }
    // The connection is back first: an action may need one.
    await transaction.runActions();
    return { result };
  }

  /** On a runner that goes on after it, and that may be in a transaction already, which somebody began by hand. */
  async #runOn<T>(runner: QueryRunner, { work, isolation }: TransactionWork<T>): Promise<T> {
    const transaction = new OpenTransaction(runner, new TransactionGuard(runner), isolation);
    let result: T;
    try {
      result = await (runner.isTransactionActive
        ? this.#nested(transaction, work)
        : this.#outermost(transaction, work));
    } finally {
      transaction.guard.remove();
    }
    await transaction.runActions();
    return result;
  }

  async #outermost<T>(transaction: OpenTransaction, work: TransactionWork<T>['work']): Promise<T> {
    const { runner, guard } = transaction;
    try {
      await runner.startTransaction(transaction.isolation);
    } catch (error) {
      // It may have begun, or may wait to begin with this isolation.
      discard(runner, error);
      throw error;
    }
    try {
      const result = await this.#inside(transaction, work);
      await guard.seal();
      if (guard.lost) throw guard.lost.error;
      await commit(runner, guard);
      return result;
    } catch (error) {
      await guard.seal();
      await rollBack(runner, guard);
      throw error;
    }
  }

  #nested<T>(transaction: OpenTransaction, work: TransactionWork<T>['work']): Promise<T> {
    return inSavepoint(transaction.runner, transaction.guard, () => this.#inside(transaction, work));
  }

  async #inside<T>(transaction: OpenTransaction, work: TransactionWork<T>['work']): Promise<T> {
    try {
      return await this.#storage.run(transaction, () =>
        runInUnitOfWork(transaction, async () => work(transaction.runner.manager)),
      );
    } finally {
      await transaction.end();
    }
  }
}

function assertSame(outer: IsolationLevel | undefined, isolation: IsolationLevel | undefined): void {
  if (!isolation || isolation === outer) return;
  const around = outer ? `\`${outer}\`` : 'absent';
  throw new ArgumentError('isolation', `that of the transaction around it, which is ${around}`, isolation);
}
