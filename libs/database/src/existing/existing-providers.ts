import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Launcher } from '@eggybyte/lifecycle';
import { Metrics, Tracer } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import { DatabaseHealthChecker } from '../database.health.js';
import { REPOSITORY_ENTITY, REPOSITORY_MANAGER } from '../database.tokens.js';
import { repositoryEntity } from '../nest/repository-entity.js';
import { Transactions } from '../transactions/transactions.js';
import type { ResolvedExistingDatabaseOptions } from './existing-database.options.js';
import { ExistingDatabase } from './existing-database.js';
import { ExistingTransactions } from './existing-transactions.js';

// This file loads TypeORM; the module imports it only when it is used.

/** The data source after its adoption. Everybody else injects it as before, by the tokens of `@nestjs/typeorm`. */
const ADOPTED = Symbol('eggybyte:database:adopted');
const UNTIL_ADOPTED = Symbol('eggybyte:database:until-adopted');

/** What hangs on the data sources that TypeOrmModules of the service provide. */
export function existingProviders(options: ResolvedExistingDatabaseOptions): Provider[] {
  return [
    {
      provide: ExistingDatabase,
      inject: [ModulesContainer, ...[Launcher, Metrics, Tracer].map((token) => ({ token, optional: true }))],
      useFactory: (modules: ModulesContainer, launcher?: Launcher, metrics?: Metrics, tracer?: Tracer) =>
        new ExistingDatabase(modules, launcher, { ...options, metrics, tracer }),
    },
    {
      provide: UNTIL_ADOPTED,
      inject: [ExistingDatabase],
      useFactory: (existing: ExistingDatabase) => existing.untilAdopted(),
    },
    {
      provide: ADOPTED,
      inject: [ExistingDatabase, { token: getDataSourceToken() as never, optional: true }],
      useFactory: (existing: ExistingDatabase, dataSource?: DataSource) => existing.adopt(dataSource),
    },
    {
      provide: REPOSITORY_MANAGER,
      inject: [ADOPTED],
      useFactory: (dataSource?: DataSource) => dataSource?.manager,
    },
    repositoryEntity,
    {
      provide: Transactions,
      inject: [ADOPTED],
      useFactory: (dataSource?: DataSource) => dataSource && new ExistingTransactions(dataSource),
    },
    {
      provide: DatabaseHealthChecker,
      inject: [ADOPTED],
      useFactory: (dataSource?: DataSource) =>
        dataSource && new DatabaseHealthChecker(dataSource, options.healthCritical),
    },
  ];
}

/** What other modules may inject. */
export function existingExports(): NonNullable<Provider>[] {
  return [REPOSITORY_MANAGER, REPOSITORY_ENTITY, Transactions] as Provider[];
}
