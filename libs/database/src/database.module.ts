import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';
import { dataSourceName } from './data-source/data-source-name.js';
import { declareDataSource } from './data-source/declared-data-sources.js';
import { type DatabaseOptions, resolveDatabaseOptions } from './database.options.js';
import { DATABASE_OPTIONS } from './database.tokens.js';
import {
  type ExistingDatabaseOptions,
  type ResolvedExistingDatabaseOptions,
  resolveExistingDatabaseOptions,
} from './existing/existing-database.options.js';
import type { RegisteredEntity } from './registered-entity.js';
import type { RepositoryOptions } from './repository.js';

export interface DatabaseAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Name of the data source; it has to be known before the other options are. @default "default" */
  name?: string;
  /** Providers that `useFactory` gets. */
  inject?: NonNullable<FactoryProvider['inject']>;
  // oxlint-disable-next-line typescript/no-explicit-any -- Nest's own FactoryProvider is as wide
  useFactory: (...args: any[]) => DatabaseOptions | Promise<DatabaseOptions>;
}

/**
 * A database of an application. It is connected, and missing tables and columns are created, before anybody who injects
 * the data source, the manager, a repository or `Transactions` is made. Import it once for each data source: they are
 * opened one after the other, the default one first, and closed in reverse.
 */
@Module({})
export class EggyDatabaseModule {
  /** Loads TypeORM, so nobody pays for it who does not call this. @throws ArgumentError for a bad option, at once */
  static forRoot(options: DatabaseOptions = {}): Promise<DynamicModule> {
    const resolved = resolveDatabaseOptions(options);
    return rootModule(resolved.name, { provide: DATABASE_OPTIONS, useValue: resolved });
  }

  /** As {@link forRoot}, with options that other providers know. */
  static async forRootAsync({ imports = [], inject = [], ...async }: DatabaseAsyncOptions): Promise<DynamicModule> {
    const name = dataSourceName(async.name, 'name');
    const resolve = async (...args: unknown[]) => {
      const options = await async.useFactory(...args);
      if ((options.name ?? name) !== name)
        throw new ArgumentError('name', `\`${name}\`, as in forRootAsync`, options.name);
      return resolveDatabaseOptions({ ...options, name });
    };
    return { ...(await rootModule(name, { provide: DATABASE_OPTIONS, inject, useFactory: resolve })), imports };
  }

  /**
   * Adopts the DataSource that `TypeOrmModule.forRoot` of `@nestjs/typeorm` provides, instead of opening one: health
   * check, metrics, slow log, `Transactions`, and its close after everything else. Those with a name are adopted too,
   * without `Transactions`. It never connects and changes no table.
   *
   * @throws ArgumentError for a bad option, at once
   */
  static forExisting(options: ExistingDatabaseOptions = {}): Promise<DynamicModule> {
    return existingModule(resolveExistingDatabaseOptions(options));
  }

  /**
   * Registers entities that need no repository class of their own; `@InjectRepository(Entity)` of `@nestjs/typeorm`
   * injects their repositories in modules that import this, `@InjectRepository(Entity, name)` those of another data
   * source than the default one. Without entities it only says that there is such a data source.
   *
   * @throws ArgumentError at once, for a name of a data source that is none
   */
  static forFeature(entities: readonly RegisteredEntity[], options: RepositoryOptions = {}): Promise<DynamicModule> {
    return featureModule(declareDataSource(options.dataSource), entities);
  }
}

async function rootModule(name: string, options: Provider): Promise<DynamicModule> {
  const { rootExports, rootProviders } = await import('./nest/database-providers.js');
  const exports = rootExports(name) as NonNullable<DynamicModule['exports']>;
  return { module: EggyDatabaseModule, global: true, providers: [options, ...rootProviders(name)], exports };
}

async function existingModule(options: ResolvedExistingDatabaseOptions): Promise<DynamicModule> {
  const { existingExports, existingProviders } = await import('./existing/existing-providers.js');
  const exports = existingExports() as NonNullable<DynamicModule['exports']>;
  const providers = existingProviders(options);
  return { module: EggyDatabaseModule, global: true, providers, exports };
}

async function featureModule(dataSource: string, entities: readonly RegisteredEntity[]): Promise<DynamicModule> {
  const { featureProviders } = await import('./nest/database-providers.js');
  const providers = featureProviders(dataSource, entities);
  return { module: EggyDatabaseModule, providers, exports: providers };
}
