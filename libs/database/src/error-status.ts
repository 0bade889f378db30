import { driverError } from './driver-error.js';
import { isSqliteBusy, sqliteCode } from './sqlite/sqlite-error.js';

/** How an HTTP request that failed with a database error is answered. Nothing of the statement or its values is in it. */
export interface DatabaseErrorStatus {
  status: number;
  code: 'EGGY_DATABASE_DUPLICATE' | 'EGGY_DATABASE_NOT_FOUND' | 'EGGY_DATABASE_UNAVAILABLE';
  message: string;
  /** For the `Retry-After` header of a 503. */
  retryAfterSeconds?: number;
}

const DUPLICATE_ERRNO = new Set([1062, 1586]);
/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE and _ROWID. */
const DUPLICATE_SQLITE = new Set([1555, 2067, 2579]);

/** A unique index or the primary key refused the row, on any of the databases. */
export function isUniqueViolation(error: unknown): boolean {
  return DUPLICATE_ERRNO.has(driverError(error).errno ?? 0) || DUPLICATE_SQLITE.has(sqliteCode(error) ?? 0);
}

/** The way to the server is broken, or the server goes or comes. */
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_READ_ONLY_MODE',
]);
/** MariaDB's ER_CONNECTION_KILLED, for which mysql2 has no name: an administrator or a fail-over has ended the session. */
const CONNECTION_KILLED = 1927;
/** Of the pool's guard: the database had no time, whoever the error comes from. */
const TOO_BUSY = new Set([
  'EGGY_DATABASE_ACQUIRE_TIMEOUT',
  'EGGY_DATABASE_CONNECTION',
  'EGGY_DATABASE_EMBEDDED_BUSY',
  'EGGY_DATABASE_QUERY_TIMEOUT',
  'EGGY_DATABASE_SATURATED',
]);
/** mysql2 gives these no code. */
const UNAVAILABLE_MESSAGE = /^(?:Queue limit reached|No connections available|Pool is closed)\.$|in closed state$/;

const RETRY_AFTER_SECONDS = 1;

/**
 * What an error of the database means to a client; `undefined` for any other error, and for a database error that is
 * the service's own fault. Hand it to the HTTP module as an error mapper.
 */
export function databaseErrorStatus(error: unknown): DatabaseErrorStatus | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if (isUniqueViolation(error)) {
    return { status: 409, code: 'EGGY_DATABASE_DUPLICATE', message: 'There is such a record already' };
  }
  if ('name' in error && error.name === 'EntityNotFoundError') {
    return { status: 404, code: 'EGGY_DATABASE_NOT_FOUND', message: 'There is no such record' };
  }
  if (!isUnavailable(error)) return undefined;
  return {
    status: 503,
    code: 'EGGY_DATABASE_UNAVAILABLE',
    message: 'The database is not available',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
}

function isUnavailable(error: object): boolean {
  if (isSqliteBusy(error)) return true;
  const { code = '', errno } = driverError(error);
  if (TOO_BUSY.has(code)) return true;
  if (UNAVAILABLE_CODES.has(code) || errno === CONNECTION_KILLED) return isOfDatabase(error);
  return 'message' in error && UNAVAILABLE_MESSAGE.test(String(error.message));
}

/** A refused connection may be that of any client of the service; the driver's and TypeORM's errors say so. */
function isOfDatabase(error: object): boolean {
  const { driverError: wrapped, sqlState, fatal } = error as Record<string, unknown>;
  return wrapped !== undefined || sqlState !== undefined || fatal === true;
}
