import { Logger } from '@nestjs/common';
import { messageOf } from '@eggybyte/errors';
import type { DataSourceOptions } from 'typeorm';
import { EmbeddedDatabaseError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { Dsn, MysqlDsn, SqliteDsn } from '../dsn/dsn.js';
import { redactDsn } from '../dsn/parse-dsn.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { NodeSqlite } from '../sqlite/node-sqlite.js';
import { isSqliteBusy, sqliteCode, whileBusy } from '../sqlite/sqlite-error.js';
import { askServer, type Server } from './ask-server.js';
import { withBackoff } from './backoff.js';
import { connectFailure, isRetryable } from './connect-failure.js';
import { EggyDataSource } from './eggy-data-source.js';
import { connectionConfig, sessionStatement } from './mysql-config.js';
import { MysqlDriver } from './mysql-driver.js';

const logger = new Logger('Database');

/** Requests that may wait for a connection, per connection of the pool; more are refused at once. */
const QUEUED_PER_CONNECTION = 10;

/**
 * Connects, going on while the server cannot be reached until the connect deadline or the signal. A refusal, such as a
 * wrong password, is final at once. After a failure nothing is left open.
 */
export function openDataSource(
  dsn: Dsn,
  options: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
  signal: AbortSignal,
): Promise<EggyDataSource> {
  return dsn.kind === 'sqlite' ? openSqlite(dsn, entities) : openMysql(dsn, options, entities, signal);
}

async function openMysql(
  dsn: MysqlDsn,
  options: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
  signal: AbortSignal,
): Promise<EggyDataSource> {
  for (const note of dsn.notes) logger.log(`DSN: ${note}`);
  const target = redactDsn(dsn);
  let told = '';
  const backoff = {
    deadlineMs: options.connectDeadlineMs,
    signal,
    retryable: isRetryable,
    onRetry: (error: unknown): void => {
      const { why = '' } = error as { why?: string };
      if (why !== told) logger.warn(`Cannot reach ${target}: ${why}; going on trying`);
      told = why;
    },
  };
  return withBackoff(backoff, async () => {
    try {
      return await attemptMysql(dsn, options, entities, signal);
    } catch (error) {
      throw signal.aborted ? error : connectFailure(error, target);
    }
  });
}

async function attemptMysql(
  dsn: MysqlDsn,
  options: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
  signal: AbortSignal,
): Promise<EggyDataSource> {
  const session = sessionStatement(dsn);
  const { server, tls } = await reach(dsn, options, session, signal);
  const { user, ...config } = connectionConfig({ ...dsn, tls }, options);
  const driver = new MysqlDriver(session);
  const dataSource = new EggyDataSource({
    // TypeORM as type mysql on a MariaDB server sees differences that are none (typeorm #983, #11038).
    type: server.flavour === 'mariadb' ? 'mariadb' : 'mysql',
    driver,
    username: user,
    poolSize: options.maxOpenConns,
    entities: [...entities],
    extra: {
      ...config,
      maxIdle: options.maxIdleConns,
      idleTimeout: options.connMaxIdleTimeMs,
      waitForConnections: true,
      queueLimit: options.maxOpenConns * QUEUED_PER_CONNECTION,
    },
  } as DataSourceOptions);
  try {
    await dataSource.initialize();
    signal.throwIfAborted();
  } catch (error) {
    await driver.closeAll();
    throw error;
  }
  logger.log(`Connected to ${redactDsn(dsn)} (${server.version})`);
  return dataSource;
}

/** The server, and the TLS it was reached with: a DSN may allow to go on without. */
async function reach(
  dsn: MysqlDsn,
  options: ResolvedDatabaseOptions,
  session: string | undefined,
  signal: AbortSignal,
): Promise<{ server: Server; tls: MysqlDsn['tls'] }> {
  try {
    return { server: await askServer(connectionConfig(dsn, options), session, signal), tls: dsn.tls };
  } catch (error) {
    const { code } = error as { code?: string };
    if (!dsn.tls?.fallback || code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    const plain = { ...dsn, tls: undefined };
    return { server: await askServer(connectionConfig(plain, options), session, signal), tls: undefined };
  }
}

/** Short, as it blocks the process; a longer wait is made of many. */
const BUSY_TIMEOUT_MS = 20;
const OPEN_TIMEOUT_MS = 10_000;

async function openSqlite({ file }: SqliteDsn, entities: readonly RegisteredEntity[]): Promise<EggyDataSource> {
  const open = async (): Promise<EggyDataSource> => {
    let opened: NodeSqlite | undefined;
    const dataSource = new EggyDataSource({
      type: 'better-sqlite3',
      database: file,
      driver: NodeSqlite,
      timeout: BUSY_TIMEOUT_MS,
      enableWAL: file !== ':memory:',
      prepareDatabase: (database: NodeSqlite) => {
        opened = database;
        // Safe with a write-ahead log, and without a disk flush per transaction.
        database.pragma('synchronous = NORMAL');
      },
      entities: [...entities],
    });
    try {
      return await dataSource.initialize();
    } catch (error) {
      opened?.close();
      throw error;
    }
  };
  try {
    // Several processes that switch a new file to the write-ahead log at once get in each other's way.
    return await whileBusy(OPEN_TIMEOUT_MS, open);
  } catch (error) {
    if (isSqliteBusy(error)) throw new EmbeddedDatabaseError(`another process holds ${file}`, error);
    if (!isOfFile(error)) throw connectFailure(error, file);
    throw new EmbeddedDatabaseError(`${file}: ${messageOf(error)}`, error);
  }
}

function isOfFile(error: unknown): boolean {
  return sqliteCode(error) !== undefined || typeof (error as { syscall?: unknown }).syscall === 'string';
}
