import type { ModuleMetadata } from '@nestjs/common';
import { EggyConfigModule } from '@eggybyte/config';
import { databaseErrorStatus, EggyDatabaseModule, repositoriesDeclared } from '@eggybyte/database';
import { EggyCacheModule } from '@eggybyte/cache';
import { EggyHttpModule } from '@eggybyte/http';
import { EggyLifecycleModule } from '@eggybyte/lifecycle';
import { EggyLoggingModule } from '@eggybyte/logging';
import { EggyMonitoringModule } from '@eggybyte/monitoring';
import { cacheOptions, databaseOptions, httpOptions } from './options-of.js';
import type { EggyRuntime } from './runtime.js';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** The modules of one application; what is off is not among them, and so is not loaded. */
export function moduleImports(runtime: EggyRuntime): Imports {
  const { config, launcher, logger, health, metrics, options, traits } = runtime;
  const imports: Imports = [
    EggyLifecycleModule.forRoot({ launcher }),
    EggyConfigModule.forRoot({ config }),
    EggyLoggingModule.forRoot({ root: logger }),
    EggyMonitoringModule.forRoot({ health, metrics, events: launcher.events }),
  ];
  if (traits.servesHttp) {
    imports.push(EggyHttpModule.forRoot({ ...httpOptions(config), errorMappers: [databaseErrorStatus] }));
  }
  if (options.cache !== false) imports.push(EggyCacheModule.forRoot(cacheOptions(config)));
  const wantsDatabase = config.DATABASE_DSN !== undefined || repositoriesDeclared();
  if (options.database !== false && wantsDatabase) imports.push(EggyDatabaseModule.forRoot(databaseOptions(runtime)));
  return imports;
}
