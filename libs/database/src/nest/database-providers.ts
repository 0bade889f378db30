import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken, getEntityManagerToken, getRepositoryToken } from '@nestjs/typeorm';
import { Launcher } from '@eggybyte/lifecycle';
import { Metrics } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import { DatabaseHealthChecker } from '../database.health.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import { DATABASE_OPTIONS, FEATURE_ENTITIES, REPOSITORY_ENTITY, REPOSITORY_MANAGER } from '../database.tokens.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { SchemaHealthChecker } from '../schema/schema.health.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import { Transactions } from '../transactions/transactions.js';
import { DatabaseConnection } from './database-connection.js';
import { repositoryEntity } from './repository-entity.js';

// This file loads TypeORM; the module imports it only when it is used.

const dataSourceToken = getDataSourceToken();
const managerToken = getEntityManagerToken();

/** The data source under the tokens of `@nestjs/typeorm`, and all that hangs on it. */
export function rootProviders(): Provider[] {
  return [
    {
      provide: DatabaseConnection,
      inject: [
        DATABASE_OPTIONS,
        ModulesContainer,
        { token: Launcher, optional: true },
        { token: Metrics, optional: true },
      ],
      useFactory: (
        options: ResolvedDatabaseOptions,
        modules: ModulesContainer,
        launcher?: Launcher,
        metrics?: Metrics,
      ) => new DatabaseConnection(options, modules, launcher, metrics),
    },
    {
      provide: dataSourceToken,
      inject: [DatabaseConnection],
      useFactory: (connection: DatabaseConnection) => connection.open(),
    },
    {
      provide: managerToken,
      inject: [dataSourceToken],
      useFactory: (dataSource?: DataSource) => dataSource?.manager,
    },
    { provide: REPOSITORY_MANAGER, useExisting: managerToken },
    repositoryEntity,
    {
      provide: Transactions,
      inject: [dataSourceToken],
      useFactory: (dataSource?: DataSource) => dataSource && new Transactions(dataSource),
    },
    {
      provide: DatabaseHealthChecker,
      inject: [dataSourceToken, DATABASE_OPTIONS],
      useFactory: (dataSource: DataSource | undefined, { healthCritical }: ResolvedDatabaseOptions) =>
        dataSource && new DatabaseHealthChecker(dataSource, healthCritical),
    },
    {
      provide: SchemaHealthChecker,
      inject: [dataSourceToken, DATABASE_OPTIONS],
      useFactory: (dataSource: DataSource | undefined, { autoMigrate, migrations }: ResolvedDatabaseOptions) =>
        dataSource && autoMigrate === 'check'
          ? new SchemaHealthChecker(new SchemaMigrator(dataSource, { migrations }))
          : undefined,
    },
  ];
}

/** What other modules may inject. */
export function rootExports(): NonNullable<Provider>[] {
  return [dataSourceToken, managerToken, REPOSITORY_MANAGER, REPOSITORY_ENTITY, Transactions] as Provider[];
}

/** Repositories for `@InjectRepository(Entity)`. */
export function featureProviders(entities: readonly RegisteredEntity[]): Provider[] {
  return [
    { provide: FEATURE_ENTITIES, useValue: entities },
    ...entities.map((entity) => ({
      provide: getRepositoryToken(entity),
      inject: [dataSourceToken],
      useFactory: (dataSource: DataSource) => {
        const isTree = dataSource.getMetadata(entity).treeType !== undefined;
        return isTree ? dataSource.getTreeRepository(entity) : dataSource.getRepository(entity);
      },
    })),
  ];
}
