import { type DynamicModule, Logger, type ModuleMetadata } from '@nestjs/common';
import { EggyConfigModule } from '@eggybyte/config';
import { databaseErrorStatus, declaredDataSources, EggyDatabaseModule } from '@eggybyte/database';
import { EggyCacheModule } from '@eggybyte/cache';
import { EggyHttpClientModule, EggyHttpModule } from '@eggybyte/http';
import { EggyLifecycleModule } from '@eggybyte/lifecycle';
import { EggyLoggingModule } from '@eggybyte/logging';
import { EggyMonitoringModule } from '@eggybyte/monitoring';
import { EggyTracingModule } from '@eggybyte/tracing';
import {
  cacheOptions,
  databaseOptions,
  dataSourceOptions,
  existingDatabaseOptions,
  httpOptions,
} from './options-of.js';
import { CoreConfig } from './eggy-config.js';
import type { EggyRuntime } from './runtime.js';
import { namedDataSources } from './variables/data-source-variables.js';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** The modules of one application; what is off is not among them, and so is not loaded. */
export function moduleImports(runtime: EggyRuntime): Imports {
  const { config, launcher, logger, health, metrics, monitoring, options, reload, tracing, traits } = runtime;
  const imports: Imports = [
    EggyLifecycleModule.forRoot({ launcher }),
    // Its class may be one that was made for this application, with the variables of its data sources.
    EggyConfigModule.forRoot({ config, as: options.config ?? CoreConfig, watch: reload }),
    EggyLoggingModule.forRoot({ root: logger }),
    EggyMonitoringModule.forRoot({ health, metrics, events: launcher.events, server: monitoring }),
  ];
  if (tracing) imports.push(EggyTracingModule.forRoot({ tracing }));
  imports.push(EggyHttpClientModule);
  if (traits.servesHttp) {
    imports.push(EggyHttpModule.forRoot({ ...httpOptions(config), errorMappers: [databaseErrorStatus] }));
  }
  if (options.cache !== false) imports.push(EggyCacheModule.forRoot(cacheOptions(config)));
  imports.push(...databaseModules(runtime));
  return imports;
}

function databaseModules(runtime: EggyRuntime): Promise<DynamicModule>[] {
  const { config, options } = runtime;
  const hasDsn = config.DATABASE_DSN !== undefined;
  if (options.database === 'existing') {
    if (hasDsn) new Logger('EggyCoreModule').warn(DSN_NOT_USED);
    return [EggyDatabaseModule.forExisting(existingDatabaseOptions(config))];
  }
  if (options.database === false) return [];
  const named = namedDataSources();
  const hasDefault = hasDsn || declaredDataSources().length > named.length;
  return [
    ...(hasDefault ? [EggyDatabaseModule.forRoot(databaseOptions(runtime))] : []),
    ...named.map((name) => EggyDatabaseModule.forRoot(dataSourceOptions(runtime, name))),
  ];
}

const DSN_NOT_USED =
  "DATABASE_DSN is set and not used: with `database: 'existing'` TypeOrmModule.forRoot() of the service says where the database is";
