import { setTimeout as sleep } from 'node:timers/promises';

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const PRIMARY = 0xff;
/** Of the primary result codes, in their order. */
const NAMES =
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'
    .split(' ')
    .map((name) => `SQLITE_${name}`);

/** Another process holds the file. */
export function isSqliteBusy(error: unknown): boolean {
  const code = primarySqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** As {@link sqliteCode}, without what extends it: that of SQLITE_READONLY_DBMOVED is SQLITE_READONLY. */
export function primarySqliteCode(error: unknown): number | undefined {
  const code = sqliteCode(error);
  return code === undefined ? undefined : code & PRIMARY;
}

/** Name of the primary result code of an error of node:sqlite, such as SQLITE_CONSTRAINT. */
export function sqliteErrorName(error: unknown): string | undefined {
  const code = primarySqliteCode(error);
  return code === undefined ? undefined : NAMES[code];
}

/** SQLite's extended result code of an error of node:sqlite, also when TypeORM has wrapped it. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { errcode, driverError } = error as { errcode?: unknown; driverError?: unknown };
  return typeof errcode === 'number' ? errcode : sqliteCode(driverError);
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** Tries again while another process holds the file. node:sqlite would wait too, but blocks the event loop meanwhile. */
export async function whileBusy<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() > until) throw error;
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }
}
