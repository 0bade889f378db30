import { isIP } from 'node:net';
import mysql2, { type ConnectionOptions, type SslOptions } from 'mysql2';
import { DsnError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { MysqlDsn } from '../dsn/dsn.js';
import { identifiedStream } from './identified-stream.js';

/** The timeout of a socket's keep-alive probe; it finds a peer that vanished, not one that froze. */
const KEEP_ALIVE_MS = 10_000;

/** What every connection of a DSN is opened with, alone or in the pool. */
export function connectionConfig(
  dsn: MysqlDsn,
  { connectTimeoutMs }: ResolvedDatabaseOptions,
  ssl: SslOptions | undefined,
): ConnectionOptions {
  return {
    ...addressOf(dsn),
    user: dsn.user ?? '',
    ...(dsn.password !== undefined && { password: dsn.password }),
    database: dsn.database,
    charset: charsetOf(dsn),
    timezone: dsn.timezone,
    // A DATE has no zone: as a Date it would move by a day on the way.
    dateStrings: dsn.dateStrings || ['DATE'],
    connectTimeout: dsn.connectTimeoutMs ?? connectTimeoutMs,
    supportBigNumbers: true,
    bigNumberStrings: true,
    // Stack traces across the driver cost a fifth of the time of a query.
    trace: false,
    multipleStatements: dsn.multipleStatements,
    ...(!dsn.foundRows && { flags: ['-FOUND_ROWS'] }),
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    compress: dsn.compress,
    ...(dsn.connectAttributes && { connectAttributes: dsn.connectAttributes }),
    ...(dsn.allowCleartextPasswords && { enableCleartextPlugin: true }),
    ...(ssl && { ssl }),
  };
}

/**
 * The statement that each new connection begins with. The session is in the zone that the driver writes instants in:
 * otherwise NOW() and what this process writes differ by the server's offset.
 */
export function sessionStatement(dsn: MysqlDsn): string | undefined {
  const zone = dsn.timezone === 'local' ? [] : [`time_zone = '${dsn.timezone === 'Z' ? '+00:00' : dsn.timezone}'`];
  const assignments = [...zone, ...dsn.sessionVariables];
  return assignments.length > 0 ? `SET ${assignments.join(', ')}` : undefined;
}

/** With the name that the certificate must be for as the host. */
function addressOf({ address, tls }: MysqlDsn): ConnectionOptions {
  if (!('host' in address)) return address;
  const name = (tls && tls.config?.servername) || address.host;
  const isNamed = name === address.host && isIP(name) === 0;
  return { ...address, host: name, ...(!isNamed && { stream: identifiedStream(address, KEEP_ALIVE_MS) }) };
}

/** The driver's option takes the name of a charset or of a collation. */
function charsetOf({ charset = 'utf8mb4', collation }: MysqlDsn): string {
  const { Charsets } = mysql2 as unknown as { Charsets: Record<string, number> };
  const known = (name: string): boolean => Object.hasOwn(Charsets, name.toUpperCase());
  const name = collation ?? charset;
  if (known(name)) return name;
  throw new DsnError(`the driver knows no charset or collation ${name}`, 'leave it out: utf8mb4 is the default');
}
