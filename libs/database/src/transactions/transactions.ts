import { Logger } from '@nestjs/common';
import { currentUnitOfWork } from '@eggybyte/observability';
import type { DataSource, EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { runAction } from './open-transaction.js';

export interface TransactionOptions {
  /** Isolation of the transaction; a nested one has that of the outer. @default the server's */
  isolation?: IsolationLevel;
}

/**
 * Runs work in transactions. Every repository and manager of the data source takes part by itself when it is used
 * inside. A class token: inject it.
 */
export class Transactions {
  readonly #logger = new Logger(Transactions.name);

  /** @param dataSource one that `openDatabase` has made */
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Commits when `work` resolves and rolls back when it rejects, with its error. Inside another transaction it is a
   * savepoint. Work that was not awaited and goes on after the end gets a TransactionEndedError.
   */
  run<T>(work: (manager: EntityManager) => Promise<T>, { isolation }: TransactionOptions = {}): Promise<T> {
    const { manager } = this.dataSource;
    return isolation ? manager.transaction(isolation, work) : manager.transaction(work);
  }

  /**
   * Runs `action` after the outermost commit and before `run` resolves; never, when its transaction or savepoint rolls
   * back. Outside of a transaction it runs at once. An action that fails is logged: the commit stands.
   */
  afterCommit(action: () => void | Promise<void>): void {
    const unit = currentUnitOfWork();
    if (unit) unit.afterCommit(action);
    else void runAction(action, this.#logger);
  }
}
