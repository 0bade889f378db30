import {
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { discoverProviders } from '@eggybyte/lifecycle';
import {
  ADMIN_ENDPOINT_KEY,
  type AdminEndpoint,
  type AdminEndpointOptions,
  HEALTH_CHECKER_KEY,
  type HealthChecker,
  type HealthCheckerOptions,
  Metrics,
} from '@eggybyte/observability';
import { HealthRegistry } from './health/health-registry.js';
import { ModuleState } from './module-state.js';
import { ConfigurableModuleClass, MONITORING_OPTIONS } from './monitoring.module-definition.js';
import type { MonitoringOptions } from './monitoring.options.js';
import { CheckHangsError } from './monitoring.errors.js';
import { MonitoringServer } from './server/monitoring-server.js';

const OWN_SERVER = Symbol('eggybyte:monitoring:own-server');

/** What a check at hand gets to notice the stop. */
const CHECK_GRACE_MS = 500;

async function serve(
  options: MonitoringOptions,
  health: HealthRegistry,
  metrics: Metrics,
  own: ModuleState,
): Promise<MonitoringServer | undefined> {
  if (options.port === undefined) return undefined;
  const server = new MonitoringServer({ ...options, health, metrics, state: options.state ?? (() => own.current) });
  const bound = await server.listen();
  new Logger(EggyMonitoringModule.name).log({ msg: 'probes and metrics are served', ...bound });
  return server;
}

/**
 * Provides {@link Metrics} and {@link HealthRegistry} everywhere, runs the providers marked with `@HealthChecker`,
 * and with `port` serves probes, metrics and the providers marked with `@AdminEndpoint` by itself.
 */
@Global()
@Module({
  providers: [
    ModuleState,
    {
      provide: HealthRegistry,
      inject: [MONITORING_OPTIONS],
      useFactory: (options: MonitoringOptions) => options.health ?? new HealthRegistry(options),
    },
    {
      provide: Metrics,
      inject: [MONITORING_OPTIONS],
      useFactory: (options: MonitoringOptions) => options.metrics ?? new Metrics(),
    },
    { provide: OWN_SERVER, inject: [MONITORING_OPTIONS, HealthRegistry, Metrics, ModuleState], useFactory: serve },
  ],
  exports: [Metrics, HealthRegistry],
})
export class EggyMonitoringModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    @Inject(MONITORING_OPTIONS) private readonly options: MonitoringOptions,
    @Inject(OWN_SERVER) private readonly server: MonitoringServer | undefined,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    private readonly health: HealthRegistry,
    private readonly state: ModuleState,
  ) {
    super();
  }

  /** Every provider is there now, and a wrong name fails the start before any hook of a user. */
  onModuleInit(): void {
    const found = discoverProviders<HealthChecker, HealthCheckerOptions>(this.modules, HEALTH_CHECKER_KEY);
    for (const { instance, options } of found) this.health.add(options, instance);
    const server = this.options.server ?? this.server;
    if (!server) return;
    const endpoints = discoverProviders<AdminEndpoint, AdminEndpointOptions>(this.modules, ADMIN_ENDPOINT_KEY);
    for (const { instance, options } of endpoints) server.addEndpoint(options.path, instance);
  }

  onApplicationBootstrap(): void {
    this.state.current = 'ready';
    const { events } = this.options;
    if (!events) return this.health.start();
    // What services start is not there yet: their checks would fail and stay down for an interval.
    events.onEvent((event) => {
      if (event.kind === 'state.changed' && event.to === 'ready') this.health.start();
    });
  }

  onModuleDestroy(): void {
    this.state.current = 'draining';
  }

  /** After HTTP has drained and every other module has been destroyed. */
  async onApplicationShutdown(): Promise<void> {
    this.state.current = 'stopped';
    if (!this.options.health) await this.#endChecks();
    await this.server?.close();
  }

  async #endChecks(): Promise<void> {
    const logger = new Logger(EggyMonitoringModule.name);
    for (const name of await this.health.close(CHECK_GRACE_MS)) {
      logger.error({ msg: new CheckHangsError(name, CHECK_GRACE_MS).message, check: name });
    }
  }
}
