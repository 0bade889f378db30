import { type DynamicModule, Logger, type ModuleMetadata } from '@nestjs/common';
import { EggyConfigModule } from '@eggybyte/config';
import { databaseErrorStatus, EggyDatabaseModule, repositoriesDeclared } from '@eggybyte/database';
import { EggyCacheModule } from '@eggybyte/cache';
import { EggyHttpModule } from '@eggybyte/http';
import { EggyLifecycleModule } from '@eggybyte/lifecycle';
import { EggyLoggingModule } from '@eggybyte/logging';
import { EggyMonitoringModule } from '@eggybyte/monitoring';
import { cacheOptions, databaseOptions, existingDatabaseOptions, httpOptions } from './options-of.js';
import type { EggyRuntime } from './runtime.js';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** The modules of one application; what is off is not among them, and so is not loaded. */
export function moduleImports(runtime: EggyRuntime): Imports {
  const { config, launcher, logger, health, metrics, monitoring, options, reload, traits } = runtime;
  const imports: Imports = [
    EggyLifecycleModule.forRoot({ launcher }),
    EggyConfigModule.forRoot({ config, watch: reload }),
    EggyLoggingModule.forRoot({ root: logger }),
    EggyMonitoringModule.forRoot({ health, metrics, events: launcher.events, server: monitoring }),
  ];
  if (traits.servesHttp) {
    imports.push(EggyHttpModule.forRoot({ ...httpOptions(config), errorMappers: [databaseErrorStatus] }));
  }
  if (options.cache !== false) imports.push(EggyCacheModule.forRoot(cacheOptions(config)));
  const database = databaseModule(runtime);
  if (database) imports.push(database);
  return imports;
}

function databaseModule(runtime: EggyRuntime): Promise<DynamicModule> | undefined {
  const { config, options } = runtime;
  const hasDsn = config.DATABASE_DSN !== undefined;
  if (options.database === 'existing') {
    if (hasDsn) new Logger('EggyCoreModule').warn(DSN_NOT_USED);
    return EggyDatabaseModule.forExisting(existingDatabaseOptions(config));
  }
  const isWanted = options.database !== false && (hasDsn || repositoriesDeclared());
  return isWanted ? EggyDatabaseModule.forRoot(databaseOptions(runtime)) : undefined;
}

const DSN_NOT_USED =
  "DATABASE_DSN is set and not used: with `database: 'existing'` TypeOrmModule.forRoot() of the service says where the database is";
