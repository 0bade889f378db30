import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken, getEntityManagerToken, getRepositoryToken } from '@nestjs/typeorm';
import { Launcher } from '@eggybyte/lifecycle';
import { Metrics, Tracer } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import { DatabaseHealthChecker } from '../database.health.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import {
  DATA_SOURCE_NAME,
  DATABASE_OPTIONS,
  FEATURE_ENTITIES,
  REPOSITORY_ENTITY,
  repositoryManagerToken,
} from '../database.tokens.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { SchemaHealthChecker } from '../schema/schema.health.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import { transactionsToken } from '../transactions/inject-transactions.js';
import { Transactions } from '../transactions/transactions.js';
import { DatabaseConnection } from './database-connection.js';
import type { FeatureEntities } from './feature-entities.js';
import { OpeningOrder } from './opening-order.js';
import { repositoryEntity } from './repository-entity.js';

// This file loads TypeORM; the module imports it only when it is used.

type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** A data source under the tokens of `@nestjs/typeorm`, and all that hangs on it. */
export function rootProviders(name: string): Provider[] {
  const dataSourceToken = getDataSourceToken(name) as string;
  const managerToken = getEntityManagerToken(name) as string;
  return [
    { provide: DATA_SOURCE_NAME, useValue: name },
    {
      provide: DatabaseConnection,
      inject: [
        DATABASE_OPTIONS,
        ModulesContainer,
        ...[Launcher, Metrics, Tracer].map((token) => ({ token, optional: true })),
      ],
      useFactory: (
        options: ResolvedDatabaseOptions,
        modules: ModulesContainer,
        launcher?: Launcher,
        metrics?: Metrics,
        tracer?: Tracer,
      ) => new DatabaseConnection(options, modules, launcher, { metrics, tracer }, OpeningOrder.of(modules, opensOne)),
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
    // That of one with a name is the same token.
    ...(name === DEFAULT_DATA_SOURCE ? [{ provide: repositoryManagerToken(name), useExisting: managerToken }] : []),
    repositoryEntity,
    {
      provide: transactionsToken(name),
      inject: [dataSourceToken],
      useFactory: (dataSource?: DataSource) => dataSource && new Transactions(dataSource),
    },
    {
      provide: DatabaseHealthChecker,
      inject: [dataSourceToken, DATABASE_OPTIONS],
      useFactory: (dataSource: DataSource | undefined, { healthCritical }: ResolvedDatabaseOptions) =>
        dataSource && new DatabaseHealthChecker(dataSource, healthCritical, name),
    },
    {
      provide: SchemaHealthChecker,
      inject: [dataSourceToken, DATABASE_OPTIONS],
      useFactory: (dataSource: DataSource | undefined, { autoMigrate, migrations }: ResolvedDatabaseOptions) =>
        dataSource && autoMigrate === 'check'
          ? new SchemaHealthChecker(new SchemaMigrator(dataSource, { migrations }), name)
          : undefined,
    },
  ];
}

/** What other modules may inject. */
export function rootExports(name: string): NonNullable<Provider>[] {
  const tokens = [getDataSourceToken(name), getEntityManagerToken(name), repositoryManagerToken(name)];
  return [...new Set([...tokens, REPOSITORY_ENTITY, transactionsToken(name)])] as Provider[];
}

/** In a test another data source may be provided in its place. */
function opensOne({ providers }: Module): boolean {
  const name = providers.get(DATA_SOURCE_NAME)?.instance as string | undefined;
  if (name === undefined) return false;
  return providers.get(getDataSourceToken(name) as string)?.inject?.includes(DatabaseConnection) ?? false;
}

/** Repositories for `@InjectRepository(Entity)`, or `@InjectRepository(Entity, name)`. */
export function featureProviders(dataSource: string, entities: readonly RegisteredEntity[]): Provider[] {
  const registered: FeatureEntities = { dataSource, entities };
  return [
    { provide: FEATURE_ENTITIES, useValue: registered },
    ...entities.map((entity) => ({
      provide: getRepositoryToken(entity, dataSource),
      inject: [getDataSourceToken(dataSource) as string],
      useFactory: (source: DataSource) => {
        const isTree = source.getMetadata(entity).treeType !== undefined;
        return isTree ? source.getTreeRepository(entity) : source.getRepository(entity);
      },
    })),
  ];
}
