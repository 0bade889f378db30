import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { checkContainer } from './check-container.js';
import type { EggyCoreOptions } from './core.options.js';
import { PlainApplication } from './plain-application.js';
import { EggyRuntime } from './runtime.js';
import { scannedRuntime } from './scan-context.js';

/** What forRoot() returns: it keeps its options, so that bootstrap() finds them before Nest is there. */
export interface CoreDynamicModule extends DynamicModule {
  coreOptions: EggyCoreOptions;
}

const PLAIN: Provider = {
  provide: PlainApplication,
  inject: [EggyRuntime, HttpAdapterHost],
  useFactory: PlainApplication.create.bind(PlainApplication),
};

/** The whole suite as one import. Configuration, logger, probes, database, cache and the launcher come with it. */
@Module({})
export class EggyCoreModule {
  /** Reads nothing: variables are read when an application is made. */
  static forRoot(options: EggyCoreOptions = {}): CoreDynamicModule {
    let unclaimed: EggyRuntime | undefined;
    // Nest reads these getters while it scans, several times for one application.
    const runtime = (): EggyRuntime => scannedRuntime() ?? (unclaimed ??= EggyRuntime.create(options));
    return {
      module: EggyCoreModule,
      global: true,
      coreOptions: options,
      get imports(): NonNullable<ModuleMetadata['imports']> {
        return runtime().imports;
      },
      get providers(): Provider[] {
        const claimed = runtime();
        const claim = (modules: ModulesContainer): EggyRuntime => {
          // The next application made of this module gets a runtime of its own.
          unclaimed = undefined;
          checkContainer(modules, EggyCoreModule);
          claimed.claim();
          return claimed;
        };
        const own = { provide: EggyRuntime, inject: [ModulesContainer], useFactory: claim };
        return scannedRuntime() ? [own] : [own, PLAIN];
      },
    };
  }
}
