import type { Logger } from '@nestjs/common';
import type { UnitOfWork } from '@eggybyte/observability';
import type { QueryRunner } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import { TransactionEndedError } from '../database.errors.js';
import type { TransactionGuard } from './transaction-guard.js';

type Action = () => void | Promise<void>;

/** A transaction, or a savepoint in one, from its begin to its end. */
export class OpenTransaction implements UnitOfWork {
  readonly #actions: Action[] = [];
  #ended = false;
  #nested: OpenTransaction | undefined;
  #nestedDone: Promise<unknown> = Promise.resolve();

  constructor(
    readonly runner: QueryRunner,
    /** Of the whole transaction, which savepoints share. */
    readonly guard: TransactionGuard,
    readonly isolation: IsolationLevel | undefined,
  ) {}

  /** What was started in it and outlives it must not write outside of it, as if nothing were. */
  get ended(): boolean {
    return this.#ended;
  }

  afterCommit(action: Action): void {
    this.#assertOpen();
    this.#actions.push(action);
  }

  /** Savepoints of one connection cannot overlap, so nested transactions that run side by side take turns. */
  nest<T>(work: (nested: OpenTransaction) => Promise<T>): Promise<T> {
    const turn = this.#nestedDone.then(async () => {
      this.#assertOpen();
      const nested = new OpenTransaction(this.runner, this.guard, this.isolation);
      this.#nested = nested;
      const result = await work(nested);
      // Its actions wait for the commit of what it stands in.
      this.#actions.push(...nested.#actions);
      return result;
    });
    this.#nestedDone = turn.catch(() => undefined);
    return turn;
  }

  /** From now on nothing takes part; resolves when what is nested in it has ended too. */
  async end(): Promise<void> {
    this.#ended = true;
    void this.#nested?.end();
    await this.#nestedDone;
  }

  /** One after the other. The commit has happened, so a failure is logged and not thrown. */
  async runActions(): Promise<void> {
    if (this.#actions.length === 0) return;
    const logger = loggerOf('Transactions', nameOfDataSource(this.runner.dataSource));
    for (const action of this.#actions) await runAction(action, logger);
  }

  #assertOpen(): void {
    if (this.#ended) throw new TransactionEndedError();
  }
}

export async function runAction(action: Action, logger: Logger): Promise<void> {
  try {
    await action();
  } catch (error) {
    logger.error({ err: error, msg: 'an action after a commit failed' });
  }
}
