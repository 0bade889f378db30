import { join } from 'node:path';
import type { CacheOptions, CacheTls } from '@eggybyte/cache';
import { type DatabaseOptions, databaseVariable, type ExistingDatabaseOptions } from '@eggybyte/database';
import type { HttpOptions } from '@eggybyte/http';
import type { LauncherOptions } from '@eggybyte/lifecycle';
import type { RootLoggerOptions } from '@eggybyte/logging';
import type { HealthRegistryOptions, MonitoringServerOptions } from '@eggybyte/monitoring';
import { runInContext } from '@eggybyte/observability';
import type { CoreConfig } from './eggy-config.js';
import type { EggyRuntime } from './runtime.js';
import { dataSourceValue, type DataSourceValues, dataSourceValues } from './variables/data-source-variables.js';
import { RELAXED_ENVIRONMENTS } from './variables/relaxed-environments.js';

// The variables of a service as the options of each lib: nothing else knows both.

export function loggingOptions(config: CoreConfig, logTo: RootLoggerOptions['destination']): RootLoggerOptions {
  return {
    service: config.SERVICE_NAME,
    environment: config.ENVIRONMENT,
    version: config.SERVICE_VERSION,
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT,
    ...(logTo && { destination: logTo }),
  };
}

export function launcherOptions(config: CoreConfig): LauncherOptions {
  return {
    initTimeout: config.INIT_TIMEOUT,
    shutdownTimeout: config.SHUTDOWN_TIMEOUT,
    drainDelay: config.SHUTDOWN_DRAIN_DELAY,
    around: (initializer, work) => runInContext({}, work, { name: `initializer ${initializer}` }),
  };
}

export function healthOptions(config: CoreConfig): HealthRegistryOptions {
  return { interval: config.HEALTH_CHECK_INTERVAL, timeout: config.HEALTH_CHECK_TIMEOUT };
}

export function monitoringOptions(
  config: CoreConfig,
  {
    health,
    metrics,
    launcher,
    program,
    traits,
  }: Pick<EggyRuntime, 'health' | 'metrics' | 'launcher' | 'program' | 'traits'>,
): MonitoringServerOptions {
  return {
    health,
    metrics,
    state: () => launcher.state,
    events: launcher.events,
    host: config.MONITORING_HOST,
    port: config.METRICS_PORT,
    service: config.SERVICE_NAME,
    version: config.SERVICE_VERSION,
    environment: config.ENVIRONMENT,
    build: {
      directory: program.directory,
      name: program.name,
      commit: config.SERVICE_COMMIT,
      builtAt: config.SERVICE_BUILT_AT,
    },
    adminToken: () => config.ADMIN_TOKEN?.reveal(),
    // In a pod a sidecar and a forwarded port come by loopback too.
    relaxed: RELAXED_ENVIRONMENTS.includes(config.ENVIRONMENT) && !traits.inKubernetes,
  };
}

export function httpOptions(config: CoreConfig): HttpOptions {
  return {
    bodyLimit: config.HTTP_BODY_LIMIT,
    requestTimeout: config.HTTP_REQUEST_TIMEOUT,
    keepAliveTimeout: config.HTTP_KEEP_ALIVE_TIMEOUT,
    trustProxy: config.TRUST_PROXY,
  };
}

export function databaseOptions({ config, options, program, traits }: EggyRuntime): DatabaseOptions {
  const mayEmbed = RELAXED_ENVIRONMENTS.includes(config.ENVIRONMENT) && !traits.inKubernetes;
  return {
    dsn: config.DATABASE_DSN?.reveal(),
    watchDsn: (listener) => void config.watch('DATABASE_DSN', (dsn) => dsn && listener(dsn.reveal())),
    embedded: mayEmbed ? join(program.directory, '.data', `${config.SERVICE_NAME}.db`) : undefined,
    maxOpenConns: config.DATABASE_MAX_OPEN_CONNS,
    maxIdleConns: config.DATABASE_MAX_IDLE_CONNS,
    connMaxLifetime: config.DATABASE_CONN_MAX_LIFETIME,
    connMaxIdleTime: config.DATABASE_CONN_MAX_IDLE_TIME,
    acquireTimeout: config.DATABASE_ACQUIRE_TIMEOUT,
    queryTimeout: config.DATABASE_QUERY_TIMEOUT,
    slowQuery: () => config.DATABASE_SLOW_QUERY,
    developmentHints: config.ENVIRONMENT === 'development',
    tls: () => defaultTls(config),
    connectTimeout: config.DATABASE_CONNECT_TIMEOUT,
    connectDeadline: config.DATABASE_CONNECT_DEADLINE,
    autoMigrate: config.DATABASE_AUTO_MIGRATE,
    migrateDsn: config.DATABASE_MIGRATE_DSN?.reveal(),
    migrateLockTimeout: config.DATABASE_MIGRATE_LOCK_TIMEOUT,
    serviceVersion: config.SERVICE_VERSION,
    migrations: options.migrations ?? [],
    healthCritical: config.DATABASE_HEALTH_CRITICAL,
  };
}

/** What a data source with a name has no variables for is as with the default one. */
export function dataSourceOptions(runtime: EggyRuntime, name: string): DatabaseOptions {
  const { config } = runtime;
  const { embedded, ...shared } = databaseOptions(runtime);
  const own = (): DataSourceValues => dataSourceValues(config, name);
  const { DSN, MIGRATE_DSN, ...values } = own();
  const dsnVariable = databaseVariable(name, 'DSN') as 'DATABASE_DSN';
  return {
    ...shared,
    name,
    dsn: DSN?.reveal(),
    watchDsn: (listener) => void config.watch(dsnVariable, (dsn) => dsn && listener(dsn.reveal())),
    embedded: embedded?.replace(/\.db$/, `-${name}.db`),
    maxOpenConns: values.MAX_OPEN_CONNS ?? config.DATABASE_MAX_OPEN_CONNS,
    maxIdleConns: values.MAX_IDLE_CONNS ?? config.DATABASE_MAX_IDLE_CONNS,
    acquireTimeout: values.ACQUIRE_TIMEOUT ?? config.DATABASE_ACQUIRE_TIMEOUT,
    queryTimeout: values.QUERY_TIMEOUT ?? config.DATABASE_QUERY_TIMEOUT,
    slowQuery: () => dataSourceValue(config, name, 'SLOW_QUERY') ?? config.DATABASE_SLOW_QUERY,
    tls: () => dataSourceTls(config, own()),
    autoMigrate: values.AUTO_MIGRATE ?? config.DATABASE_AUTO_MIGRATE,
    migrateDsn: MIGRATE_DSN?.reveal(),
    // Those of the service are for its default database.
    migrations: [],
    healthCritical: values.HEALTH_CRITICAL ?? config.DATABASE_HEALTH_CRITICAL,
  };
}

/** As a whole: a certificate of one server and the authorities of another would belong to neither. */
function dataSourceTls(config: CoreConfig, { TLS_CA: ca, TLS_CERT: cert, TLS_KEY: key }: DataSourceValues) {
  const isOwn = ca !== undefined || cert !== undefined || key !== undefined;
  return isOwn ? { ca, cert, key: key?.reveal() } : defaultTls(config);
}

function defaultTls({ DATABASE_TLS_CA: ca, DATABASE_TLS_CERT: cert, DATABASE_TLS_KEY: key }: CoreConfig) {
  return { ca, cert, key: key?.reveal() };
}

export function existingDatabaseOptions(config: CoreConfig): ExistingDatabaseOptions {
  return { healthCritical: config.DATABASE_HEALTH_CRITICAL, slowQuery: () => config.DATABASE_SLOW_QUERY };
}

export function cacheOptions(config: CoreConfig): CacheOptions {
  return {
    servers: config.CACHE_SERVERS,
    timeout: config.CACHE_TIMEOUT,
    connectTimeout: config.CACHE_CONNECT_TIMEOUT,
    defaultTtl: config.CACHE_DEFAULT_TTL,
    keyPrefix: config.CACHE_KEY_PREFIX ?? `${config.SERVICE_NAME}:`,
    tls: config.CACHE_TLS && (() => cacheTls(config)),
    credentials: () => cacheCredentials(config),
  };
}

function cacheTls({ CACHE_TLS_CA: ca, CACHE_TLS_CERT: cert, CACHE_TLS_KEY: key }: CoreConfig): CacheTls {
  return { ca, cert, key: key?.reveal() };
}

function cacheCredentials({ CACHE_USERNAME: username, CACHE_PASSWORD: password }: CoreConfig) {
  return username !== undefined && password !== undefined ? { username, password: password.reveal() } : undefined;
}
