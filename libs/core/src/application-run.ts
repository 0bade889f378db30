import type { AddressInfo } from 'node:net';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Launcher, LauncherEvents, StartInterruptedError, withDeadline } from '@eggybyte/lifecycle';
import { obtainAdapter } from './adapter.js';
import type { BootstrapOptions, EggyApplication } from './bootstrap.options.js';
import { findCoreOptions } from './find-core-options.js';
import { reportFailure } from './report-failure.js';
import { EggyRuntime } from './runtime.js';
import { scanningFor } from './scan-context.js';
import { urlOf } from './url-of.js';

/** One application from bootstrap() to its end: the start, the stop, and the exit code that tells how it went. */
export class ApplicationRun {
  /** Resolves to the exit code at the end of the stop. */
  readonly exited: Promise<number>;

  readonly #exit: (code: number) => void;
  readonly #events = new LauncherEvents();
  #runtime: EggyRuntime | undefined;
  #app: INestApplication | undefined;
  #starting: Promise<EggyApplication> | undefined;
  #interrupted: string | undefined;
  #stopping: Promise<number> | undefined;

  constructor(
    private readonly root: Type,
    private readonly options: BootstrapOptions,
  ) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exited = promise;
    this.#exit = resolve;
  }

  /** Resolves when the application is ready. A failed start has released everything before this rejects. */
  async start(): Promise<EggyApplication> {
    this.#starting = this.#startParts();
    try {
      return await this.#starting;
    } catch (error) {
      // An interrupted start is no failure: whoever interrupted it has begun the stop.
      await (this.#stopping ?? this.fail('The start failed', error));
      throw error;
    }
  }

  /** Interrupts the start or stops the running application; resolves to the exit code. */
  stop(reason = 'stop() was called'): Promise<number> {
    return this.#end(reason, 0);
  }

  /** Writes once what is wrong, then stops; the code is 1. */
  fail(what: string, error: unknown): Promise<number> {
    this.#runtime?.launcher.markBroken();
    reportFailure(what, error, this.#runtime?.logger);
    return this.#end(what, 1);
  }

  /** Writes a record of the application's own; before there is a logger it is left out. */
  log(msg: string, fields: object): void {
    this.#runtime?.logger.info({ context: 'Bootstrap', ...fields }, msg);
  }

  /** Milliseconds that the stop may still take. */
  remainingMs(): number {
    return this.#runtime?.launcher.remainingMs() ?? 0;
  }

  async #startParts(): Promise<EggyApplication> {
    const { env, logTo } = this.options;
    const events = this.#events;
    const runtime = EggyRuntime.create(await findCoreOptions(this.root), { env, logTo }, events);
    this.#runtime = runtime;
    const { config, monitoring } = runtime;
    events.onEvent((event) => {
      if (event.kind === 'service.crashed') void this.fail('A service crashed', event.error);
    });
    const bound = await this.#step(() => events.phase('register infrastructure services', () => monitoring.listen()));
    const app = await this.#step(() =>
      events.phase('register business services', () => this.#createContainer(runtime)),
    );
    await this.#step(() => app.init());
    await this.#step(() => app.listen(config.PORT, config.HOST));
    const { port } = app.getHttpServer().address() as AddressInfo;
    const url = urlOf(config.HOST, port);
    const monitoringUrl = urlOf(bound.host, bound.port);
    this.log('ready', { url, monitoring_url: monitoringUrl });
    return { app, url, monitoringUrl, stop: () => this.stop(), exited: this.exited };
  }

  /** @throws StartInterruptedError instead of beginning a step of a start that was interrupted. */
  #step<T>(work: () => Promise<T>): Promise<T> {
    if (this.#interrupted !== undefined) throw new StartInterruptedError(this.#interrupted);
    return work();
  }

  async #createContainer(runtime: EggyRuntime): Promise<INestApplication> {
    const { createNest = NestFactory.create.bind(NestFactory), configure } = this.options;
    const adapter = await obtainAdapter(this.options.adapter, runtime.config);
    const options = { abortOnError: false, logger: runtime.nestLogger };
    this.#app = await scanningFor(runtime, () => createNest(this.root, adapter, options));
    await configure?.(this.#app, runtime.launcher);
    return this.#app;
  }

  #end(reason: string, code: number): Promise<number> {
    this.#interrupted ??= reason;
    return (this.#stopping ??= this.#stopParts(reason, code).then((result) => {
      this.#exit(result);
      return result;
    }));
  }

  async #stopParts(reason: string, code: number): Promise<number> {
    const runtime = this.#runtime;
    if (!runtime) return code;
    const { launcher, health, monitoring } = runtime;
    launcher.interrupt(reason);
    // Tearing down what is still being built would leave something behind that listens on released resources.
    const started = Promise.allSettled([this.#starting]);
    await bounded('The interrupted start', launcher, launcher.remainingUntilCloseMs(), () => started);
    void launcher.drain(reason);
    // Drains, stops the services and calls the hooks of the application; what hangs in them is left behind.
    const app = this.#app;
    if (app) await bounded('Closing the application', launcher, launcher.remainingUntilCloseMs(), () => app.close());
    await launcher.close(reason);
    health.stop();
    await bounded('The monitoring server', launcher, launcher.remainingMs(), () => monitoring.close());
    const result = launcher.failures.length > 0 ? 1 : code;
    this.log('stopped', { code: result, reason });
    return result;
  }
}

async function bounded(
  step: string,
  launcher: Launcher,
  timeoutMs: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const fix = 'see which hook of the application hangs, or raise SHUTDOWN_TIMEOUT';
  await withDeadline({ step, timeoutMs, fix }, work).catch((error: unknown) => launcher.recordFailure(error));
}
