import { driverError } from '../driver-error.js';
import { isSqliteBusy, sqliteCode } from '../sqlite/sqlite-error.js';

/** Why the database has undone a whole transaction, and not only the statement that failed. */
export interface RollbackCause {
  error: unknown;
  /** Name or number of the error, such as `ER_LOCK_DEADLOCK`; nothing of the statement. */
  code: string;
  /** Whether the same transaction, begun anew, has a good chance. */
  isRepeatable: boolean;
}

/**
 * The server asks for a repetition of the transaction. MySQL and MariaDB: deadlock, also of replicas of Galera; row
 * changed since the snapshot (MariaDB with innodb_snapshot_isolation). TiDB: write conflict of SELECT FOR UPDATE (8002),
 * commit that was rolled back (8022), schema that changed meanwhile (8028), write conflict (9007):
 * https://docs.pingcap.com/tidb/stable/error-codes
 */
const CONFLICTS = new Set([1213, 1020, 8002, 8022, 8028, 9007]);
const LOCK_WAIT_TIMEOUT = 1205;

/** What a connection tells about its transaction; each driver has a part of it. */
export interface Session {
  /** Of SQLite: whether there is a transaction. Not known before Node 22.16. */
  inTransaction?: boolean | undefined;
  /** Whether a lock wait timeout undoes the whole transaction, as the server is configured. */
  rollsBackOnTimeout: () => Promise<boolean>;
}

/** `undefined` when only the statement has failed, so that its transaction can go on. */
export async function rollbackCause(error: unknown, session: Session): Promise<RollbackCause | undefined> {
  if (sqliteCode(error) !== undefined) {
    // A full disk, or ON CONFLICT ROLLBACK: https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    if (session.inTransaction ?? !isSqliteBusy(error)) return undefined;
    return { error, code: `SQLITE_${sqliteCode(error)}`, isRepeatable: isSqliteBusy(error) };
  }
  const { code, errno } = driverError(error);
  const isRepeatable =
    CONFLICTS.has(errno ?? 0) || (errno === LOCK_WAIT_TIMEOUT && (await session.rollsBackOnTimeout()));
  if (!isRepeatable && !isConnectionLost(error)) return undefined;
  return { error, code: code ?? String(errno ?? 'connection lost'), isRepeatable };
}

function isConnectionLost(error: unknown): boolean {
  return (error as { fatal?: unknown } | null)?.fatal === true;
}

/** The server is or became read-only: it says so instead of committing. */
const REFUSED = new Set([1290, 1792, 1836]);
/** mysql2's words for a connection that had ended before the statement came; it has no code for them. */
const NEVER_SENT = /in closed state$/;

/** Whether a COMMIT that failed with this error is known to have committed nothing. */
export function hasCommittedNothing(error: unknown): boolean {
  const { errno = 0 } = driverError(error);
  if (sqliteCode(error) !== undefined || CONFLICTS.has(errno) || REFUSED.has(errno)) return true;
  return error instanceof Error && NEVER_SENT.test(error.message);
}
