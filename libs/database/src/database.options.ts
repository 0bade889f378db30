import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import { DEFAULT_DATA_SOURCE, dataSourceName } from './data-source/data-source-name.js';
import type { DatabaseTls } from './connection/tls-material.js';
import type { TlsConfig } from './dsn/dsn.js';
import { SCHEMA_MODES, type SchemaMode } from './schema/schema-migrator.js';
import type { VersionedMigrationClass } from './schema/versioned-migrations.js';

export interface DatabaseOptions {
  /**
   * Name of the data source, for repositories that say it and in tokens, checks, metrics and logs: lower-case letters
   * and digits, parts joined by - or _, at most 32 characters. @default "default"
   */
  name?: string | undefined;
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
  /**
   * How long a connection is used, 10 % more or less: after it, the next one may go to another server behind the same
   * name. 0 is for ever. @default "1h"
   */
  connMaxLifetime?: Duration;
  /**
   * How long a request waits for a connection; it then fails with an AcquireTimeoutError. 0 is for ever. @default "5s"
   */
  acquireTimeout?: Duration;
  /**
   * Deadline of a statement, unless the DSN has a `readTimeout` or `writeTimeout`. The server is asked to stop it a bit
   * earlier; where it does not, the connection is closed. It then fails with a QueryTimeoutError. Streams, and a query
   * runner after `liftQueryTimeout`, have none. 0 is none. @default "30s"
   */
  queryTimeout?: Duration;
  /**
   * From which duration on a statement is logged as slow, without its values. A function is asked each time, so that it
   * can change while the service runs. 0 is never. @default "200ms"
   */
  slowQuery?: Duration | (() => Duration);
  /**
   * Warns of what is slow later: the same SELECT ten times in one request, a connection that is held for ten seconds,
   * with the place where it was taken. Costs time for each statement. @default false
   */
  developmentHints?: boolean;
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
  /**
   * Authorities of the server's certificate, and a certificate of this client. They turn TLS on, with issuer and host
   * name verified, unless the DSN says something else about `tls`. A function is asked for each new connection, so that
   * what was renewed is used by what comes next. @default those that Node trusts, for a DSN with TLS
   */
  tls?: DatabaseTls | (() => DatabaseTls | undefined) | undefined;
  /** TLS configurations that a DSN names by `tls=<name>`. @default none */
  tlsConfigs?: Readonly<Record<string, TlsConfig>> | undefined;
  /**
   * What the start does about the schema: `apply` it, log the `plan` and go on, `check` it (the check `schema` is down
   * while something is missing, nothing is ever changed), or nothing at all (`off`). @default "apply"
   */
  autoMigrate?: SchemaMode;
  /**
   * DSN of a user that may change the schema of the same database. It is used when there is something to change, and
   * for `initTable`; its connections are closed when the service starts. @default that of `dsn`
   */
  migrateDsn?: string | undefined;
  /** Version of the service, for the history of the schema. @default none */
  serviceVersion?: string | undefined;
  /** Migrations of TypeORM, run under the lock of the schema: see `migrations` of SchemaMigratorOptions. @default none */
  migrations?: readonly VersionedMigrationClass[] | undefined;
}

export interface ResolvedDatabaseOptions {
  name: string;
  dsn: string | undefined;
  watchDsn: ((listener: (dsn: string) => void) => void) | undefined;
  embedded: string | undefined;
  maxOpenConns: number;
  maxIdleConns: number;
  connMaxIdleTimeMs: number;
  connMaxLifetimeMs: number;
  acquireTimeoutMs: number;
  queryTimeoutMs: number;
  slowQuery: Duration | (() => Duration);
  developmentHints: boolean;
  connectTimeoutMs: number;
  connectDeadlineMs: number;
  migrateLockTimeoutMs: number;
  migrateTimeoutMs: number;
  healthCritical: boolean;
  tls: DatabaseTls | (() => DatabaseTls | undefined) | undefined;
  tlsConfigs: Readonly<Record<string, TlsConfig>>;
  autoMigrate: SchemaMode;
  migrateDsn: string | undefined;
  serviceVersion: string | undefined;
  migrations: readonly VersionedMigrationClass[];
}

const defaults = {
  name: DEFAULT_DATA_SOURCE,
  maxOpenConns: 10,
  maxIdleConns: 5,
  connMaxIdleTime: '10m',
  connMaxLifetime: '1h',
  acquireTimeout: '5s',
  queryTimeout: '30s',
  slowQuery: '200ms',
  developmentHints: false,
  connectTimeout: '5s',
  connectDeadline: '60s',
  migrateLockTimeout: '120s',
  migrateTimeout: '10m',
  healthCritical: true,
  autoMigrate: 'apply',
} satisfies DatabaseOptions;

/** @throws ArgumentError for a name, a count, a duration or a mode that is none. */
export function resolveDatabaseOptions(options: DatabaseOptions): ResolvedDatabaseOptions {
  const all = { ...defaults, ...withoutUndefined(options) };
  if (!SCHEMA_MODES.includes(all.autoMigrate)) {
    throw new ArgumentError('autoMigrate', `one of ${SCHEMA_MODES.join()}`, all.autoMigrate);
  }
  const maxOpenConns = count('maxOpenConns', all.maxOpenConns, 1);
  return {
    name: dataSourceName(all.name, 'name'),
    dsn: options.dsn?.trim() || undefined,
    watchDsn: options.watchDsn,
    embedded: options.embedded || undefined,
    maxOpenConns,
    maxIdleConns: Math.min(count('maxIdleConns', all.maxIdleConns, 0), Math.max(1, maxOpenConns - 1)),
    connMaxIdleTimeMs: milliseconds(all.connMaxIdleTime, 'connMaxIdleTime'),
    connMaxLifetimeMs: milliseconds(all.connMaxLifetime, 'connMaxLifetime'),
    acquireTimeoutMs: milliseconds(all.acquireTimeout, 'acquireTimeout'),
    queryTimeoutMs: milliseconds(all.queryTimeout, 'queryTimeout'),
    slowQuery: threshold(all.slowQuery),
    developmentHints: all.developmentHints,
    connectTimeoutMs: milliseconds(all.connectTimeout, 'connectTimeout'),
    connectDeadlineMs: milliseconds(all.connectDeadline, 'connectDeadline'),
    migrateLockTimeoutMs: milliseconds(all.migrateLockTimeout, 'migrateLockTimeout'),
    migrateTimeoutMs: milliseconds(all.migrateTimeout, 'migrateTimeout'),
    healthCritical: all.healthCritical,
    tls: options.tls,
    tlsConfigs: options.tlsConfigs ?? {},
    autoMigrate: all.autoMigrate,
    migrateDsn: options.migrateDsn?.trim() || undefined,
    serviceVersion: options.serviceVersion || undefined,
    migrations: options.migrations ?? [],
  };
}

function withoutUndefined(options: DatabaseOptions): DatabaseOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function threshold(slowQuery: Duration | (() => Duration)): Duration | (() => Duration) {
  return typeof slowQuery === 'function' ? slowQuery : milliseconds(slowQuery, 'slowQuery');
}

function count(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) throw new ArgumentError(name, `an integer from ${least} up`, value);
  return value;
}
