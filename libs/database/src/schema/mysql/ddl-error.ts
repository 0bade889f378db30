import { messageOf } from '@eggybyte/errors';
import { driverError } from '../../driver-error.js';

/** Table, column, index and foreign key exist already. */
const ALREADY_THERE = new Set([1050, 1060, 1061, 1826]);
/** The form of MariaDB for a foreign key that exists already. */
const CANT_CREATE_TABLE = 1005;
/** Lock wait timeout, deadlock, table changed meanwhile, and TiDB's "Information schema is changed" and write conflict. */
const WORTH_ANOTHER_TRY = new Set([1205, 1213, 1412, 8028, 9007]);
/**
 * What the server cannot do with the table as it is: not in place (1845, 1846), a column of a foreign key (1832, 1833,
 * 3780), rows that refer to nothing (1452), a foreign key that does not fit (1005, 1215, 1822, 3780), a key that would be
 * too long (1071, 1170), a row that would be too long (1118), a type that TiDB cannot change (8200).
 */
const REFUSALS = new Set([1005, 1071, 1118, 1170, 1215, 1452, 1822, 1832, 1833, 1845, 1846, 3780, 8200]);

export function isAlreadyThere(error: unknown): boolean {
  const { errno = 0 } = driverError(error);
  if (errno === CANT_CREATE_TABLE) return /errno: 121\b/.test(messageOf(error));
  return ALREADY_THERE.has(errno);
}

export function isWorthAnotherTry(error: unknown): boolean {
  return WORTH_ANOTHER_TRY.has(driverError(error).errno ?? 0);
}

export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(driverError(error).errno ?? 0);
}

const DENIED = new Set([1044, 1142, 1143, 1227]);

/** The user may not do it. */
export function isDenied(error: unknown): boolean {
  return DENIED.has(driverError(error).errno ?? 0);
}
