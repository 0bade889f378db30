import { type DynamicModule, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { messageOf } from '@eggybyte/errors';
import { pendingProviders, slowestProviders } from './nest/created-providers.js';
import { MessageDrain } from './nest/message-drain.js';
import { watchHooks } from './nest/hook-watch.js';
import { hangOnAdapter } from './nest/adapter-seam.js';
import {
  type BackgroundService,
  INITIALIZER_KEY,
  type Initializer,
  type InitializerOptions,
  type OnDrain,
  SERVICE_KEY,
  type Service,
  type ServiceOptions,
} from './contracts.js';
import { discoverByMethod, discoverProviders } from './nest/discover-providers.js';
import { logLauncherEvents } from './launcher-log.js';
import { Launcher } from './launcher.js';
import type { LauncherOptions } from './launcher.options.js';
import { LifecycleTwiceError } from './lifecycle.errors.js';

export interface LifecycleModuleOptions extends LauncherOptions {
  /** A launcher made before the container; the other options are then its own. @default a new one */
  launcher?: Launcher;
}

/** Provides the {@link Launcher} everywhere and lets it run the decorated providers of the container. */
@Module({})
export class EggyLifecycleModule implements OnApplicationShutdown {
  constructor(
    private readonly launcher: Launcher,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    host: HttpAdapterHost,
  ) {
    if ([...modules.values()].filter(({ metatype }) => metatype === EggyLifecycleModule).length > 1) {
      throw new LifecycleTwiceError();
    }
    launcher.addServer(new MessageDrain(modules));
    launcher.waits.addSource(() => pendingProviders(modules));
    host.init$.subscribe(() => {
      // An application context has no adapter: its owner runs initializers and services, or leaves them be.
      const adapter = host.httpAdapter as typeof host.httpAdapter | null;
      if (adapter) hangOnAdapter(adapter, launcher, () => this.#register());
    });
  }

  static forRoot({ launcher, ...options }: LifecycleModuleOptions = {}): DynamicModule {
    return {
      module: EggyLifecycleModule,
      global: true,
      providers: [{ provide: Launcher, useFactory: () => launcher ?? loggedLauncher(options) }],
      exports: [Launcher],
    };
  }

  /** Pools close here, after HTTP and after every user hook. */
  async onApplicationShutdown(): Promise<void> {
    await this.launcher.close();
  }

  #register(): void {
    this.launcher.events.emit({ kind: 'providers.created', slowest: slowestProviders(this.modules) });
    watchHooks(this.modules, {
      waits: this.launcher.waits,
      onStartFailure: (hook, error) => this.launcher.events.emit({ kind: 'hook.failed', hook, error }),
      onStopFailure: (error) => this.launcher.recordFailure(error),
    });
    for (const found of discoverProviders<Initializer, InitializerOptions>(this.modules, INITIALIZER_KEY)) {
      this.launcher.addInitializer(found.instance, { ...found.options, name: found.name });
    }
    for (const found of discoverProviders<Service | BackgroundService, ServiceOptions>(this.modules, SERVICE_KEY)) {
      this.launcher.addService(found.instance, { ...found.options, name: found.name });
    }
    for (const hook of discoverByMethod<OnDrain>(this.modules, 'onDrain')) this.launcher.addDrainHook(hook);
  }
}

/** Of a launcher made here nobody else tells anything, a crash least of all. */
function loggedLauncher(options: LauncherOptions): Launcher {
  const launcher = new Launcher(options);
  const logger = new Logger(EggyLifecycleModule.name);
  logLauncherEvents(launcher.events);
  launcher.events.onEvent((event) => {
    if (event.kind === 'service.crashed') logger.error({ msg: messageOf(event.error), err: event.error });
  });
  return launcher;
}
