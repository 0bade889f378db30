import type { Server } from '../connection/ask-server.js';

/** The server's own limit for a statement, as a session variable. */
export interface StatementLimit {
  /** `SET` for a limit in milliseconds; 0 is none. */
  set(limitMs: number): string;
}

const MOST_EARLIER_MS = 1000;

/**
 * The server ends a statement by itself, so that it does no work for nobody, and so that the connection stays good.
 * MySQL and TiDB limit SELECT only. https://mariadb.com/kb/en/aborting-statements/,
 * https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_execution_time
 *
 * @returns nothing where the DSN has set the variable itself
 */
export function statementLimit({ flavour }: Server, sessionVariables: readonly string[]): StatementLimit | undefined {
  const name = flavour === 'mariadb' ? 'max_statement_time' : 'max_execution_time';
  if (sessionVariables.some((assignment) => assignment.toLowerCase().startsWith(name))) return undefined;
  const value = (ms: number): string => (flavour === 'mariadb' ? (ms / 1000).toFixed(3) : String(ms));
  return { set: (limitMs) => `SET SESSION ${name} = ${value(limitMs)}` };
}

/** A bit before the client gives up, which costs a connection. */
export function serverLimitMs(clientTimeoutMs: number): number {
  return Math.max(0, Math.ceil(clientTimeoutMs - Math.min(MOST_EARLIER_MS, clientTimeoutMs / 10)));
}

/** ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL and TiDB. */
const STOPPED = new Set<unknown>([1969, 3024]);

export function isStoppedByServer(error: unknown): boolean {
  return STOPPED.has((error as { errno?: unknown }).errno);
}
