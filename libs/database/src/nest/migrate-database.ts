import type { Metrics } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import type { EggyDataSource } from '../connection/eggy-data-source.js';
import { openDataSource } from '../connection/open-data-source.js';
import { databaseVariable } from '../data-source/data-source-name.js';
import { readDsn } from '../data-source/read-dsn.js';
import { DsnError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { Dsn } from '../dsn/dsn.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import type { TableInitialization, TableInitializer } from '../schema/table-initializer.js';
import type { FoundEntities } from './discover-entities.js';
import { EarlyRepositories } from './early-repositories.js';

/** What a data source of an application has to become before anybody gets it. */
export interface DatabaseMigration {
  dataSource: EggyDataSource;
  dsn: Dsn;
  found: FoundEntities;
  options: ResolvedDatabaseOptions;
  metrics: Metrics | undefined;
}

/** Does what `autoMigrate` says, by the user of `migrateDsn` where there is one. */
export async function migrateDatabase(migration: DatabaseMigration, signal: AbortSignal): Promise<void> {
  const { dataSource, options, metrics } = migration;
  const migrator = new SchemaMigrator(dataSource, {
    mode: options.autoMigrate,
    lockTimeout: options.migrateLockTimeoutMs,
    initializations: initializationsOf(migration.found),
    version: options.serviceVersion,
    migrations: options.migrations,
    metrics,
    privileged: privilegedOf(migration),
  });
  await migrator.migrate(signal);
}

function initializationsOf(found: FoundEntities): TableInitialization[] {
  // Those of one data source know each other.
  const early = new WeakMap<DataSource, EarlyRepositories>();
  return found.repositories
    .filter(({ type }) => 'initTable' in type.prototype)
    .map((repository) => ({
      entity: repository.entity,
      name: repository.type.name,
      version: repository.version,
      initializer: async (dataSource: DataSource) => {
        const repositories = early.get(dataSource) ?? new EarlyRepositories(dataSource, found);
        early.set(dataSource, repositories);
        return (await repositories.make(repository, dataSource.manager)) as TableInitializer;
      },
    }));
}

function privilegedOf({
  dsn,
  found,
  options,
}: DatabaseMigration): ((signal: AbortSignal) => Promise<DataSource>) | undefined {
  if (!options.migrateDsn) return undefined;
  const own = readDsn(options.migrateDsn, options, 'MIGRATE_DSN');
  if (nameOf(own) !== nameOf(dsn)) {
    const variable = databaseVariable(options.name, 'MIGRATE_DSN');
    throw new DsnError('that of the migrator names another database', `name the same database in ${variable}`);
  }
  // One connection holds the lock and does the work; a locked row takes a second one.
  return (signal) => openDataSource(own, { ...options, maxOpenConns: 2, maxIdleConns: 1 }, found.entities, signal);
}

function nameOf(dsn: Dsn): string {
  return dsn.kind === 'sqlite' ? `sqlite:${dsn.file}` : dsn.database;
}
