import { ArgumentError } from '@eggybyte/errors';

export interface TransactionOptions {
  /**
   * Isolation of the transaction; another one than that of the transaction around it is an ArgumentError. SQLite has but
   * the strictest, which it takes for any. @default the server's
   */
  isolation?: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  /**
   * How often an outermost transaction begins anew when the database has rolled it back: deadlock, write conflict of TiDB,
   * lock wait timeout of a server with `innodb_rollback_on_timeout`, SQLite file held by another process. 0 for never;
   * inside of another transaction it has no meaning. @default 3
   */
  retries?: number;
  /** When it aborts, nothing begins anew: the last error is thrown. Aborted before the begin, its reason is. @default none */
  signal?: AbortSignal;
}

/** Options of `@Transactional()`. */
export interface TransactionalOptions extends TransactionOptions {
  /** Name of the data source that the transaction is of; those of others are not taken along. @default "default" */
  dataSource?: string;
}

export interface ResolvedTransactionOptions {
  isolation: TransactionOptions['isolation'];
  retries: number;
  signal: AbortSignal | undefined;
}

const ISOLATIONS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];
const defaults = { retries: 3 } satisfies TransactionOptions;

/** @throws ArgumentError for a number of retries that is none, or an isolation that there is not. */
export function resolveTransactionOptions(options: TransactionOptions): ResolvedTransactionOptions {
  const { isolation, retries = defaults.retries, signal } = options;
  if (isolation !== undefined && !ISOLATIONS.includes(isolation)) {
    throw new ArgumentError('isolation', `one of ${ISOLATIONS.join(', ')}`, isolation);
  }
  if (!Number.isSafeInteger(retries) || retries < 0)
    throw new ArgumentError('retries', 'an integer from 0 on', retries);
  return { isolation, retries, signal };
}
