import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { type DatabaseOptions, resolveDatabaseOptions } from './database.options.js';
import { DATABASE_OPTIONS } from './database.tokens.js';
import { type ExistingDatabaseOptions, resolveExistingDatabaseOptions } from './existing/existing-database.options.js';
import type { RegisteredEntity } from './registered-entity.js';
import { declareRepositories } from './repository.js';

export interface DatabaseAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Providers that `useFactory` gets. */
  inject?: NonNullable<FactoryProvider['inject']>;
  // oxlint-disable-next-line typescript/no-explicit-any -- Nest's own FactoryProvider is as wide
  useFactory: (...args: any[]) => DatabaseOptions | Promise<DatabaseOptions>;
}

/**
 * The default database of an application. It is connected, and missing tables and columns are created, before anybody
 * who injects the data source, the manager, a repository or `Transactions` is made. Import it once.
 */
@Module({})
export class EggyDatabaseModule {
  /** Loads TypeORM, so nobody pays for it who does not call this. @throws ArgumentError for a bad option, at once */
  static forRoot(options: DatabaseOptions = {}): Promise<DynamicModule> {
    return rootModule({ provide: DATABASE_OPTIONS, useValue: resolveDatabaseOptions(options) });
  }

  /** As {@link forRoot}, with options that other providers know. */
  static async forRootAsync({ imports = [], inject = [], useFactory }: DatabaseAsyncOptions): Promise<DynamicModule> {
    const resolve = async (...args: unknown[]) => resolveDatabaseOptions(await useFactory(...args));
    return { ...(await rootModule({ provide: DATABASE_OPTIONS, inject, useFactory: resolve })), imports };
  }

  /**
   * Adopts the default DataSource that `TypeOrmModule.forRoot` of `@nestjs/typeorm` provides, instead of opening one:
   * health check, `Transactions`, and its close after everything else. It never connects and changes no table.
   */
  static forExisting(options: ExistingDatabaseOptions = {}): Promise<DynamicModule> {
    return existingModule(options);
  }

  /**
   * Registers entities that need no repository class of their own; `@InjectRepository(Entity)` of `@nestjs/typeorm`
   * injects their repositories in modules that import this.
   */
  static forFeature(entities: readonly RegisteredEntity[]): Promise<DynamicModule> {
    declareRepositories();
    return featureModule(entities);
  }
}

async function rootModule(options: Provider): Promise<DynamicModule> {
  const { rootExports, rootProviders } = await import('./nest/database-providers.js');
  const exports = rootExports() as NonNullable<DynamicModule['exports']>;
  return { module: EggyDatabaseModule, global: true, providers: [options, ...rootProviders()], exports };
}

async function existingModule(options: ExistingDatabaseOptions): Promise<DynamicModule> {
  const { existingExports, existingProviders } = await import('./existing/existing-providers.js');
  const exports = existingExports() as NonNullable<DynamicModule['exports']>;
  const providers = existingProviders(resolveExistingDatabaseOptions(options));
  return { module: EggyDatabaseModule, global: true, providers, exports };
}

async function featureModule(entities: readonly RegisteredEntity[]): Promise<DynamicModule> {
  const { featureProviders } = await import('./nest/database-providers.js');
  const providers = featureProviders(entities);
  return { module: EggyDatabaseModule, providers, exports: providers };
}
