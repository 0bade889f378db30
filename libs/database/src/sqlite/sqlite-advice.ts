import { primarySqliteCode } from './sqlite-error.js';

/** By SQLite's primary result code: https://sqlite.org/rescode.html */
const OF_SQLITE: Readonly<Record<number, string>> = {
  3: 'give the user of this process the permission to read and write the file and its directory',
  8: 'put the file on a volume that is not read-only, and let the user of this process write it',
  10: 'see whether the volume of the file works, and supports locks: network file systems often do not',
  11: 'restore the file from a backup, or move it away to begin with an empty one',
  13: 'free space on the volume of the file',
  14: 'give a path in a directory that the user of this process may write in',
  26: 'name another file: this one is no SQLite database',
};
const OF_SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'give the user of this process the permission to make the directory of the file, or give another path',
  EEXIST: 'give another path: a part of it is a file, not a directory',
  ENOSPC: 'free space on the volume of the file',
  ENOTDIR: 'give another path: a part of it is a file, not a directory',
  EROFS: 'put the file on a volume that is not read-only',
};
const ANY = 'give a path that the user of this process may write';

/** What to do when the file of an embedded database cannot be opened. */
export function embeddedFix(error: unknown): string {
  const errcode = primarySqliteCode(error);
  if (errcode !== undefined) return OF_SQLITE[errcode] ?? ANY;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && Object.hasOwn(OF_SYSTEM, code) ? OF_SYSTEM[code] : undefined) ?? ANY;
}
