import type { SpanAttributes } from '@eggybyte/observability';
import type { DataSourceOptions } from 'typeorm';
import { DEFAULT_DATA_SOURCE, loggerOf } from '../data-source/data-source-name.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { MysqlDsn } from '../dsn/dsn.js';
import { redactDsn } from '../dsn/parse-dsn.js';
import { HeldConnections } from '../pool/held-connections.js';
import { statementLimit } from '../pool/statement-limit.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { Operations } from '../telemetry/operations.js';
import { RepeatedStatements } from '../telemetry/repeated-statements.js';
import { SlowLog } from '../telemetry/slow-log.js';
import { TypeormLog } from '../telemetry/typeorm-log.js';
import { askServer, type Server } from './ask-server.js';
import { withBackoff } from './backoff.js';
import { connectFailure, type ConnectTarget, isRetryable } from './connect-failure.js';
import { EggyDataSource } from './eggy-data-source.js';
import { connectionConfig, sessionStatement } from './mysql-config.js';
import { MysqlDriver } from './mysql-driver.js';
import { asksForTls, TlsMaterial } from './tls-material.js';

/** Requests that may wait for a connection, per connection of the pool; more are refused at once. */
const WAITING_PER_CONNECTION = 10;

/**
 * Connects, going on while the server cannot be reached until the connect deadline or the signal. A refusal, such as a
 * wrong password, is final at once. After a failure nothing is left open.
 */
export async function openMysql(
  dsn: MysqlDsn,
  options: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
  signal: AbortSignal,
): Promise<EggyDataSource> {
  const logger = loggerOf('Database', options.name);
  for (const note of dsn.notes) logger.log(`DSN: ${note}`);
  const place = placeOf(dsn, options);
  let told = '';
  const backoff = {
    deadlineMs: options.connectDeadlineMs,
    signal,
    retryable: isRetryable,
    onRetry: (error: unknown): void => {
      const { why = '' } = error as { why?: string };
      if (why !== told) logger.warn(`Cannot reach ${place.target}: ${why}; going on trying`);
      told = why;
    },
  };
  return withBackoff(backoff, async () => {
    try {
      return await attemptMysql(dsn, options, entities, signal);
    } catch (error) {
      throw signal.aborted ? error : connectFailure(error, place);
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
  const { server, material } = await reach(dsn, options, session, signal);
  const { user, ...config } = connectionConfig(dsn, options, material.next());
  const operations = new Operations(server.flavour, options.name, spanPlaceOf(dsn));
  new SlowLog(operations, options.slowQuery).begin();
  if (options.developmentHints) new RepeatedStatements(operations).begin();
  const driver = new MysqlDriver({
    name: options.name === DEFAULT_DATA_SOURCE ? addressOf(dsn) : options.name,
    limit: options.maxOpenConns,
    mostWaiting: options.maxOpenConns * WAITING_PER_CONNECTION,
    acquireTimeoutMs: options.acquireTimeoutMs,
    queryTimeoutMs: dsn.queryTimeoutMs ?? options.queryTimeoutMs,
    maxLifetimeMs: options.connMaxLifetimeMs,
    session,
    statementLimit: statementLimit(server, dsn.sessionVariables),
    operations,
    held: options.developmentHints ? new HeldConnections() : undefined,
    connectFailure: (error) => connectFailure(error, placeOf(dsn, options)),
    tls: () => material.next(),
    askServer: (credentials, asking) =>
      askServer({ ...connectionConfig(dsn, options, material.next()), ...credentials }, undefined, asking),
  });
  const dataSource = new EggyDataSource(
    {
      // TypeORM as type mysql on a MariaDB server sees differences that are none (typeorm #983, #11038).
      type: server.flavour === 'mariadb' ? 'mariadb' : 'mysql',
      driver,
      logger: new TypeormLog(operations),
      username: user,
      poolSize: options.maxOpenConns,
      entities: [...entities],
      extra: {
        ...config,
        maxIdle: options.maxIdleConns,
        idleTimeout: options.connMaxIdleTimeMs,
      },
    } as DataSourceOptions,
    operations,
  );
  try {
    await dataSource.initialize();
    signal.throwIfAborted();
  } catch (error) {
    await driver.closeAll();
    throw error;
  }
  loggerOf('Database', options.name).log(`Connected to ${redactDsn(dsn)} (${server.version})`);
  return dataSource;
}

function placeOf(dsn: MysqlDsn, { name, tls }: ResolvedDatabaseOptions): ConnectTarget {
  return { target: redactDsn(dsn), dataSource: name, isEncrypted: asksForTls(dsn, tls) };
}

/** As OpenTelemetry's conventions tell a span where a database is. */
function spanPlaceOf({ address, database }: MysqlDsn): SpanAttributes {
  const isHost = 'host' in address;
  return {
    'db.namespace': database,
    'server.address': isHost ? address.host : address.socketPath,
    'server.port': isHost ? address.port : undefined,
  };
}

/** As OpenTelemetry's conventions name a pool that has no name. */
function addressOf({ address, database }: MysqlDsn): string {
  return `${'host' in address ? `${address.host}:${address.port}` : address.socketPath}/${database}`;
}

/** The server, and the TLS it was reached with: a DSN may allow to go on without. */
async function reach(
  dsn: MysqlDsn,
  options: ResolvedDatabaseOptions,
  session: string | undefined,
  signal: AbortSignal,
): Promise<{ server: Server; material: TlsMaterial }> {
  const ask = async (tls: MysqlDsn['tls']): Promise<{ server: Server; material: TlsMaterial }> => {
    const material = new TlsMaterial(options.tls, { address: dsn.address, tls }, options.name);
    return { server: await askServer(connectionConfig(dsn, options, material.next()), session, signal), material };
  };
  try {
    return await ask(dsn.tls);
  } catch (error) {
    const { code } = error as { code?: string };
    if (!dsn.tls || !dsn.tls.fallback || code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    return ask(false);
  }
}
