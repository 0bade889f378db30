import type { Logger } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';
import { currentUnitOfWork } from '@eggybyte/observability';
import type { DataSource, EntityManager } from 'typeorm';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import { runAction } from './open-transaction.js';
import type { TransactionRetry } from './repeat.js';
import { resolveTransactionOptions, type TransactionOptions } from './transaction.options.js';
import type { TransactionScope } from './transaction-scope.js';

type ScopedDataSource = DataSource & { scope?: TransactionScope };

/**
 * Runs work in transactions. Every repository and manager of the data source takes part by itself when it is used
 * inside. A class token: inject it.
 */
export class Transactions {
  /** Are told of each attempt that is followed by another one. They must not throw. */
  readonly onRetry = new Set<(retry: TransactionRetry) => void>();
  readonly #logger: Logger;

  /** @param dataSource one that `openDatabase` has made */
  constructor(private readonly dataSource: DataSource) {
    this.#logger = loggerOf(Transactions.name, nameOfDataSource(dataSource));
  }

  /**
   * Commits when `work` resolves and rolls back when it rejects, with its error. Inside another transaction it is a
   * savepoint. Work that was not awaited and goes on after the end gets a TransactionEndedError.
   *
   * When the database rolls an outermost transaction back, because of a deadlock for example, `work` is called again in a
   * new one. So it must be repeatable: what it does outside of the database belongs into `afterCommit`. When no attempt
   * succeeds, the error of the last one is thrown, with the number of `attempts` as a property.
   *
   * @throws CommitUnknownError when the connection was lost during COMMIT; ArgumentError for another isolation than that
   * of the transaction around it
   */
  async run<T>(work: (manager: EntityManager) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { isolation, retries, signal } = resolveTransactionOptions(options);
    const onRetry = (retry: TransactionRetry): void => {
      this.#logger.debug({ msg: 'a transaction begins anew', ...retry });
      for (const listener of this.onRetry) listener(retry);
    };
    return this.scope().run({ work, isolation, repetition: { retries, signal, onRetry } });
  }

  /**
   * Runs `action` after the outermost commit and before `run` resolves; never, when its transaction or savepoint rolls
   * back, or when nobody knows whether it was committed. Outside of a transaction it runs at once. An action that fails
   * is logged: the commit stands, `run` resolves, and the other actions run.
   */
  afterCommit(action: () => void | Promise<void>): void {
    const unit = this.current() ?? currentUnitOfWork();
    if (unit) unit.afterCommit(action);
    else void runAction(action, this.#logger);
  }

  /** The one that the running code is in, of this data source and not of another one inside of it. */
  protected current(): TransactionScope['current'] {
    return (this.dataSource as ScopedDataSource).scope?.current;
  }

  protected scope(): TransactionScope {
    const { scope } = this.dataSource as ScopedDataSource;
    if (!scope) throw new ArgumentError('dataSource', 'one that openDatabase has made', this.dataSource.options.type);
    return scope;
  }
}
