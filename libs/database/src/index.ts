export {
  DatabaseAccessError,
  DatabaseConnectionError,
  DatabaseTlsError,
  DataSourceTwiceError,
  DataSourceNotOpenError,
  DsnError,
  DsnMissingError,
  EmbeddedBusyError,
  EmbeddedDatabaseError,
  EntitiesError,
  RepositoryError,
  SynchronizeRefusedError,
  TlsMaterialError,
  TransactionalError,
  TransactionEndedError,
  UnknownDatabaseError,
} from './database.errors.js';
export { databaseVariable } from './data-source/data-source-name.js';
export { declaredDataSources } from './data-source/declared-data-sources.js';
export { DatabaseHealthChecker } from './database.health.js';
export { type DatabaseAsyncOptions, EggyDatabaseModule } from './database.module.js';
export type { DatabaseOptions } from './database.options.js';
export type { DatabaseTls } from './connection/tls-material.js';
export type { Dsn, DsnOptions, DsnTls, MysqlDsn, SqliteDsn, TlsConfig } from './dsn/dsn.js';
export { parseDsn, redactDsn } from './dsn/parse-dsn.js';
export { databaseErrorStatus, type DatabaseErrorStatus, isUniqueViolation } from './error-status.js';
export type { ExistingDatabaseOptions } from './existing/existing-database.options.js';
export { NoDataSourceError, UnsupportedDatabaseError } from './existing/existing.errors.js';
export { openDatabase, type OpenDatabaseOptions } from './open-database.js';
export { liftQueryTimeout } from './pool/lift-query-timeout.js';
export { AcquireTimeoutError, PoolSaturatedError, QueryTimeoutError } from './pool/pool.errors.js';
export { poolStatistics, type PoolStatistics } from './pool/pool-statistics.js';
export type { RegisteredEntity } from './registered-entity.js';
export { EggyRepository, type EggyRepositoryOptions, type RepositoryOptions } from './repository.js';
export {
  SchemaMigrator,
  type SchemaMigratorOptions,
  type SchemaMode,
  type SchemaReport,
} from './schema/schema-migrator.js';
export type { DriftItem, DriftSeverity, RefusedItem, SchemaPlan, SchemaStep } from './schema/schema-plan.js';
export {
  InitTableError,
  SchemaApplyError,
  SchemaDivergesError,
  SchemaLockError,
  SchemaPendingError,
  SchemaRefusedError,
} from './schema/schema.errors.js';
export { SchemaHealthChecker } from './schema/schema.health.js';
export type { InitTableContext, TableInitialization, TableInitializer } from './schema/table-initializer.js';
export type { VersionedMigration, VersionedMigrationClass } from './schema/versioned-migrations.js';
export { ColumnTypesError } from './sqlite/sqlite.errors.js';
export { measureDatabase } from './telemetry/database-metrics.js';
export { traceDatabase } from './telemetry/trace-database.js';
export { Transactional } from './transactions/transactional.js';
export type { TransactionRetry } from './transactions/repeat.js';
export { InjectTransactions, transactionsToken } from './transactions/inject-transactions.js';
export type { TransactionalOptions, TransactionOptions } from './transactions/transaction.options.js';
export { Transactions } from './transactions/transactions.js';
export { CommitUnknownError, TransactionRolledBackError } from './transactions/transactions.errors.js';
