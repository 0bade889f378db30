import { driverError } from '../driver-error.js';
import { sqliteErrorName } from '../sqlite/sqlite-error.js';

/** What kind of error it is, as the database names it; `undefined` when nothing tells. node:sqlite has one code for all. */
export function errorType(error: unknown): string | undefined {
  const { code } = driverError(error);
  return code === 'ERR_SQLITE_ERROR' ? (sqliteErrorName(error) ?? code) : code;
}
