import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import type { TlsConfig } from './dsn/dsn.js';

export interface DatabaseOptions {
  /**
   * Where the database is: `user:password@tcp(host:3306)/name?…`, `mysql://…`, `mariadb://…`, `tidb://…` or
   * `sqlite:./file.db`. Empty is the same as absent. @default none: see `embedded`
   */
  dsn?: string | undefined;
  /**
   * Is given a listener for DSNs that come while the application runs, such as one with a new password: connections that
   * are made from then on log in by it. One that names another database is warned of. @default none come
   */
  watchDsn?: ((listener: (dsn: string) => void) => void) | undefined;
  /**
   * File of the SQLite database (or `:memory:`) that is used when there is no DSN and entities are registered.
   * @default none: the start fails then
   */
  embedded?: string | undefined;
  /** Most connections of the pool. Replicas × this must fit the server's `max_connections`. @default 10 */
  maxOpenConns?: number;
  /** Idle connections that are kept; at most `maxOpenConns` - 1, as an idle time has no effect otherwise. @default 5 */
  maxIdleConns?: number;
  /** How long an idle connection is kept; below the idle timeout of what stands between. @default "10m" */
  connMaxIdleTime?: Duration;
  /** Deadline of one attempt to connect, unless the DSN has its own `timeout`. @default "5s" */
  connectTimeout?: Duration;
  /** How long the start goes on trying while the server cannot be reached. @default "60s" */
  connectDeadline?: Duration;
  /** How long the start waits for another process that changes the schema. @default "120s" */
  migrateLockTimeout?: Duration;
  /** Deadline of creating tables and columns, `initTable` included. @default "10m" */
  migrateTimeout?: Duration;
  /** Whether `/readyz` fails while the database is down. @default true */
  healthCritical?: boolean;
  /** CA that the server's certificate must come from, in PEM, for a DSN with TLS. @default those Node trusts */
  tlsCa?: string | undefined;
  /** TLS configurations that a DSN names by `tls=<name>`. @default none */
  tlsConfigs?: Readonly<Record<string, TlsConfig>> | undefined;
}

export interface ResolvedDatabaseOptions {
  dsn: string | undefined;
  watchDsn: ((listener: (dsn: string) => void) => void) | undefined;
  embedded: string | undefined;
  maxOpenConns: number;
  maxIdleConns: number;
  connMaxIdleTimeMs: number;
  connectTimeoutMs: number;
  connectDeadlineMs: number;
  migrateLockTimeoutMs: number;
  migrateTimeoutMs: number;
  healthCritical: boolean;
  tlsCa: string | undefined;
  tlsConfigs: Readonly<Record<string, TlsConfig>>;
}

const defaults = {
  maxOpenConns: 10,
  maxIdleConns: 5,
  connMaxIdleTime: '10m',
  connectTimeout: '5s',
  connectDeadline: '60s',
  migrateLockTimeout: '120s',
  migrateTimeout: '10m',
  healthCritical: true,
} satisfies DatabaseOptions;

/** @throws ArgumentError for a count that is not one, or a duration that is not one. */
export function resolveDatabaseOptions(options: DatabaseOptions): ResolvedDatabaseOptions {
  const all = { ...defaults, ...withoutUndefined(options) };
  const maxOpenConns = count('maxOpenConns', all.maxOpenConns, 1);
  return {
    dsn: options.dsn?.trim() || undefined,
    watchDsn: options.watchDsn,
    embedded: options.embedded || undefined,
    maxOpenConns,
    maxIdleConns: Math.min(count('maxIdleConns', all.maxIdleConns, 0), Math.max(1, maxOpenConns - 1)),
    connMaxIdleTimeMs: milliseconds(all.connMaxIdleTime, 'connMaxIdleTime'),
    connectTimeoutMs: milliseconds(all.connectTimeout, 'connectTimeout'),
    connectDeadlineMs: milliseconds(all.connectDeadline, 'connectDeadline'),
    migrateLockTimeoutMs: milliseconds(all.migrateLockTimeout, 'migrateLockTimeout'),
    migrateTimeoutMs: milliseconds(all.migrateTimeout, 'migrateTimeout'),
    healthCritical: all.healthCritical,
    tlsCa: options.tlsCa || undefined,
    tlsConfigs: options.tlsConfigs ?? {},
  };
}

function withoutUndefined(options: DatabaseOptions): DatabaseOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function count(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) throw new ArgumentError(name, `an integer from ${least} up`, value);
  return value;
}
