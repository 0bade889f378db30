import mysql2, { type ConnectionOptions, type RowDataPacket } from 'mysql2';
import { hangUp } from './hang-up.js';

/** Which kind of server answers; the scheme of a DSN is no proof of it. */
export interface Server {
  flavour: 'mysql' | 'mariadb' | 'tidb';
  /** As the server tells it: `10.11.6-MariaDB-0+deb12u1`, `8.0.11-TiDB-v7.5.1`. */
  version: string;
}

/**
 * Opens a connection of its own, begins a session as the pool will, and asks for the version. Whatever is wrong with
 * the DSN, the user or the way to the server shows here, before there is a pool.
 */
export function askServer(
  config: ConnectionOptions,
  session: string | undefined,
  signal: AbortSignal,
): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const connection = mysql2.createConnection(config);
  const timeout = config.connectTimeout ?? 0;
  const fail = (error: Error): void => {
    reject(error);
    hangUp(connection, error);
  };
  const onAbort = (): void => fail(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  connection.on('error', fail);
  if (session) connection.query({ sql: session, timeout }, (error) => error && fail(error));
  connection.query<RowDataPacket[]>({ sql: 'SELECT VERSION() AS version', timeout }, (error, rows) => {
    if (error) return fail(error);
    connection.end();
    resolve(serverOf(String(rows[0]?.['version'])));
  });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

export function serverOf(version: string): Server {
  if (/TiDB/i.test(version)) return { flavour: 'tidb', version };
  return { flavour: /MariaDB/i.test(version) ? 'mariadb' : 'mysql', version };
}
