import { Logger, type ModuleMetadata } from '@nestjs/common';
import { announceConfig, type ConfigReload, runWithConfig } from '@eggybyte/config';
import { Launcher, LauncherEvents, logLauncherEvents, StartupTimeline, withDeadline } from '@eggybyte/lifecycle';
import { createRootLogger, type LogDestination, measureLogger, NestLogger, type RootLogger } from '@eggybyte/logging';
import { CheckHangsError, HealthRegistry, type MonitoringAddress, MonitoringServer } from '@eggybyte/monitoring';
import { Metrics } from '@eggybyte/observability';
import { Tracing } from '@eggybyte/tracing';
import { watchConfig } from './config-watch.js';
import { ConcurrentCreateError } from './core.errors.js';
import type { EggyCoreOptions } from './core.options.js';
import type { CoreConfig } from './eggy-config.js';
import { loadCoreConfig } from './load-core-config.js';
import { moduleImports } from './module-imports.js';
import { healthOptions, launcherOptions, loggingOptions, monitoringOptions } from './options-of.js';
import { findProgramPackage, type ProgramPackage } from './program-package.js';
import { tracingOptions } from './tracing-options.js';

/** What a health check at hand gets to notice the stop. */
const CHECK_GRACE_MS = 500;

/** What sending the last spans may take. */
const FLUSH_MS = 1000;

/** What surrounds an application; each field stands for something of the process. */
export interface Surroundings {
  /** @default process.env */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default standard output */
  logTo?: LogDestination | undefined;
  /** `false` for a worker, which has no HTTP server. @default true */
  http?: boolean | undefined;
}

/** What an application is, whatever its configuration says. */
export interface Traits {
  /** Whether it runs in a pod. */
  inKubernetes: boolean;
  /** Whether it has an HTTP server. */
  servesHttp: boolean;
}

/**
 * What one application is made of before Nest is: configuration, logger, launcher, metrics, probes. bootstrap() makes
 * it first, so that probes answer while the container is built; a plain NestFactory.create makes it while scanning.
 */
export class EggyRuntime {
  readonly metrics: Metrics;
  readonly launcher: Launcher;
  readonly health: HealthRegistry;
  readonly monitoring: MonitoringServer;
  /** Nest's own records go to the same logger. */
  readonly nestLogger: NestLogger;
  readonly reload: ConfigReload;
  /** `undefined` where nothing is traced. */
  readonly tracing: Tracing | undefined;
  /** Imports of the core module: one array per application, as Nest tells dynamic modules apart by reference. */
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly #announcement: Disposable;
  #claimed = false;
  #listening: Promise<MonitoringAddress> | undefined;

  private constructor(
    readonly config: CoreConfig,
    readonly options: EggyCoreOptions,
    readonly program: ProgramPackage,
    readonly traits: Traits,
    readonly env: Readonly<Record<string, string | undefined>>,
    readonly logger: RootLogger,
    events: LauncherEvents,
  ) {
    this.nestLogger = new NestLogger(logger);
    this.metrics = new Metrics({ maxSeries: config.METRICS_MAX_SERIES });
    measureLogger(logger, this.metrics);
    Logger.overrideLogger(this.nestLogger);
    for (const { message } of config.warnings) new Logger('Config').warn(message);
    logLauncherEvents(events);
    this.launcher = new Launcher(launcherOptions(config), events);
    this.reload = watchConfig(this);
    this.health = new HealthRegistry(healthOptions(config));
    this.monitoring = new MonitoringServer(monitoringOptions(config, this));
    const timeline = new StartupTimeline(this.launcher);
    this.monitoring.addEndpoint('/startup', { handle: () => ({ body: timeline.report() }) });
    const traced = tracingOptions(config, this.metrics);
    this.tracing = traced && new Tracing(traced);
    // What of the suite opens something, such as the database, is registered with its module.
    this.imports = events.phaseSync('register initializers', () => moduleImports(this));
    this.#announcement = announceConfig(config);
  }

  /** The first phases of the start. @throws ConfigInvalidError with every problem at once. */
  static create(options: EggyCoreOptions, around: Surroundings = {}, events = new LauncherEvents()): EggyRuntime {
    const program = findProgramPackage();
    const env = around.env ?? process.env;
    const traits = { inKubernetes: Boolean(env['KUBERNETES_SERVICE_HOST']), servesHttp: around.http !== false };
    const config = events.phaseSync('configuration', () => loadCoreConfig(options, program, env, traits.servesHttp));
    const logger = events.phaseSync('logging', () => createRootLogger(loggingOptions(config, around.logTo)));
    return events.phaseSync('launcher', () => new EggyRuntime(config, options, program, traits, env, logger, events));
  }

  /** Binds the port of probes and metrics; a second call tells the same address. */
  listen(): Promise<MonitoringAddress> {
    return (this.#listening ??= this.#listen());
  }

  #listen(): Promise<MonitoringAddress> {
    return this.launcher.events.phase('register infrastructure services', async () => {
      const address = await this.monitoring.listen();
      this.reload.start();
      return address;
    });
  }

  /** Runs `work` as a part of this application: `getConfig` gives its configuration there, whatever else runs. */
  run<T>(work: () => T): T {
    return runWithConfig(this.config, work);
  }

  /** Called by the container that it becomes part of. @throws ConcurrentCreateError for a second one */
  claim(): void {
    if (this.#claimed) throw new ConcurrentCreateError();
    this.#claimed = true;
  }

  /** Stops what still runs and closes everything, probes last; errors are collected by the launcher. Never rejects. */
  async release(reason: string): Promise<void> {
    await this.run(() => this.launcher.close(reason));
    await this.#endChecks();
    // What a receiver does not take is no failure of the application.
    await this.tracing?.close(Math.min(FLUSH_MS, Math.round(this.launcher.remainingMs() / 2)));
    await this.#end('The watch of the configuration', () => this.reload.stop());
    await this.#end('The monitoring server', () => this.monitoring.close());
    this.#announcement[Symbol.dispose]();
  }

  /** Half of what is left for it, as there is something left to do. */
  async #end(step: string, close: () => Promise<void>): Promise<void> {
    const timeoutMs = Math.round(this.launcher.remainingMs() / 2);
    const fix = 'see what keeps its connections open';
    const closed = withDeadline({ step, verb: 'close', timeoutMs, fix }, close);
    await closed.catch((error: unknown) => this.launcher.recordFailure(error));
  }

  /** One that ignores its abort is a failure of the stop. */
  async #endChecks(): Promise<void> {
    // Half of what is left, as there is something left to do.
    const graceMs = Math.min(CHECK_GRACE_MS, Math.round(this.launcher.remainingMs() / 2));
    const hanging = await this.health.close(graceMs);
    for (const name of hanging) this.launcher.recordFailure(new CheckHangsError(name, graceMs));
  }
}
