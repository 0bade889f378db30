export { bootstrap } from './bootstrap.js';
export type {
  AdoptionOptions,
  BootstrapOptions,
  EggyApplication,
  EggyWorker,
  WorkerOptions,
} from './bootstrap.options.js';
export {
  AdapterMissingError,
  AdoptedTooLateError,
  ConcurrentCreateError,
  CoreMissingError,
  CoreTwiceError,
  SecondProviderError,
} from './core.errors.js';
export { EggyCoreModule } from './core.module.js';
export type { EggyCoreOptions } from './core.options.js';
export { CoreConfig, eggyConfig } from './eggy-config.js';
export { coreVariables } from './variables/core-variables.js';
export { dsnVariables } from './variables/data-source-variables.js';
export { withDataSources } from './with-data-sources.js';

export { type Duration, EggyError, type EggyErrorCode, type EggyErrorDetails } from '@eggybyte/errors';
export {
  type BackgroundService,
  Initializer,
  type InitializerOptions,
  Launcher,
  type LauncherState,
  type OnDrain,
  Service,
  type ServiceOptions,
  waitingOn,
} from '@eggybyte/lifecycle';
export {
  type AdminAnswer,
  type AdminChange,
  AdminEndpoint,
  type AdminEndpointOptions,
  type AdminRequest,
  contextHeaders,
  type ContextOptions,
  type Counter,
  type Gauge,
  HealthChecker,
  type HealthCheckerOptions,
  type Histogram,
  Metrics,
  type RequestContext,
  requestContext,
  runInContext,
  WithContext,
} from '@eggybyte/observability';
export {
  bool,
  type AnyConfigClass,
  type Config,
  type ConfigChange,
  type ConfigClass,
  type ConfigInput,
  custom,
  duration,
  getConfig,
  int,
  list,
  loadConfig,
  number,
  oneOf,
  port,
  reloadable,
  Secret,
  secret,
  size,
  text,
  url,
} from '@eggybyte/config';
export { InjectPinoLogger, Logger, PinoLogger } from '@eggybyte/logging';
export {
  CommitUnknownError,
  EggyDatabaseModule,
  EggyRepository,
  type InitTableContext,
  InjectTransactions,
  liftQueryTimeout,
  type TableInitializer,
  Transactional,
  type TransactionOptions,
  Transactions,
  type VersionedMigration,
} from '@eggybyte/database';
export { Cacheable, CacheEvict, CacheService, memoryCache } from '@eggybyte/cache';
