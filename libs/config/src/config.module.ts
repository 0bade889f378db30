import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
  type Type,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type AnyConfigClass, LoadedConfig } from './config-class.js';
import { LoadedConfigService } from './config-service.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import { ConfigEndpoint } from './config-endpoint.js';
import { ConfigReload, type ConfigReloadOptions } from './reload/config-reload.js';
import { announceConfig } from './running-configs.js';

interface ServiceOptions {
  /**
   * Whether the ConfigService of @nestjs/config is provided too. Two global ones hide each other by the order of
   * imports: say false where the application imports a ConfigModule of its own. @default true
   */
  configService?: boolean;
  /**
   * Keeps the configuration up to date from the end of the start to the end of the application. A `ConfigReload` that
   * exists already is only told of, and starts and stops with its maker. @default not at all
   */
  watch?: ConfigReloadOptions | ConfigReload | undefined;
}

/** A configuration that is loaded already. */
export interface LoadedConfigModuleOptions extends ServiceOptions {
  config: LoadedConfig;
  /** The class that it is injected by. @default its own */
  as?: AnyConfigClass | undefined;
}

/** A configuration class, loaded while the application is made, and where from. */
export interface ConfigModuleOptions<C extends AnyConfigClass> extends LoadConfigOptions<C['schema']>, ServiceOptions {
  config: C;
}

type AnyModuleOptions = LoadedConfigModuleOptions | ConfigModuleOptions<AnyConfigClass>;

const RELOAD = Symbol('eggybyte:config:reload');
const ANNOUNCEMENT = Symbol('eggybyte:config:announcement');

/** What follows the sources, and whether that begins and ends with the module. */
interface ModuleReload {
  readonly reload: ConfigReload | undefined;
  readonly isOwn: boolean;
}

/**
 * Provides a configuration by its class and to `getConfig`, the ConfigService of @nestjs/config over the same values,
 * and the admin endpoint `/config`. Global.
 */
@Module({})
export class EggyConfigModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Optional() @Inject(RELOAD) private readonly watch?: ModuleReload,
    @Optional() @Inject(ANNOUNCEMENT) private readonly announcement?: Disposable,
  ) {}

  onApplicationBootstrap(): void {
    if (this.watch?.isOwn) this.watch.reload?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.watch?.isOwn) await this.watch.reload?.stop();
    this.announcement?.[Symbol.dispose]();
  }

  static forRoot(options: LoadedConfigModuleOptions): DynamicModule;
  static forRoot<C extends AnyConfigClass>(options: ConfigModuleOptions<C>): DynamicModule;
  static forRoot({ configService = true, watch, ...options }: AnyModuleOptions): DynamicModule {
    const config = configProvider(options);
    const service = {
      provide: ConfigService,
      useFactory: (loaded: LoadedConfig) => new LoadedConfigService(loaded),
      inject: [config.provide],
    };
    const providers = configService ? [config, service] : [config];
    const reload = {
      provide: RELOAD,
      useFactory: (loaded: LoadedConfig) => reloadOf(loaded, watch),
      inject: [config.provide],
    };
    const announcement = { provide: ANNOUNCEMENT, useFactory: announceConfig, inject: [config.provide] };
    const endpoint = {
      provide: ConfigEndpoint,
      useFactory: (loaded: LoadedConfig, known: ModuleReload) => new ConfigEndpoint(loaded, known.reload),
      inject: [config.provide, RELOAD],
    };
    return {
      module: EggyConfigModule,
      global: true,
      providers: [...providers, reload, announcement, endpoint],
      exports: providers.map(({ provide }) => provide),
    };
  }
}

function configProvider(options: Omit<AnyModuleOptions, keyof ServiceOptions>) {
  const { config, as, ...load } = options as { config: LoadedConfig | AnyConfigClass; as?: AnyConfigClass };
  if (!(config instanceof LoadedConfig)) {
    return { provide: config as Type<LoadedConfig>, useFactory: () => loadAndWarn(config, load) };
  }
  return { provide: (as ?? config.constructor) as Type<LoadedConfig>, useValue: config };
}

function reloadOf(config: LoadedConfig, watch: ServiceOptions['watch']): ModuleReload {
  if (watch instanceof ConfigReload) return { reload: watch, isOwn: false };
  return { reload: watch && new ConfigReload(config, watch), isOwn: true };
}

function loadAndWarn(config: AnyConfigClass, options: LoadConfigOptions): LoadedConfig {
  const loaded = loadConfig(config, options);
  for (const { message } of loaded.warnings) new Logger(EggyConfigModule.name).warn(message);
  return loaded;
}
