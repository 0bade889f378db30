import type { INestApplication } from '@nestjs/common';
import { type Launcher, StartInterruptedError, withDeadline } from '@eggybyte/lifecycle';
import type { ApplicationSource } from './application-source.js';
import type { AdoptionOptions, EggyApplication, EggyWorker } from './bootstrap.options.js';
import { reportFailure } from './report-failure.js';
import type { EggyRuntime } from './runtime.js';
import { urlOf } from './url-of.js';

/** An application, or a worker: that has no URL. */
type Running = EggyWorker & Partial<Pick<EggyApplication, 'url'>>;

/** One application from bootstrap() to its end: the start, the stop, and the exit code that tells how it went. */
export class ApplicationRun {
  /** Resolves to the exit code at the end of the stop. */
  readonly exited: Promise<number>;
  /** Resolves when the start, a service or the process fails, which begins a stop that nobody asked for. */
  readonly failed: Promise<void>;

  readonly #exit: (code: number) => void;
  readonly #failed: () => void;
  #runtime: EggyRuntime | undefined;
  #app: INestApplication | undefined;
  #starting: Promise<Running> | undefined;
  #interrupted: string | undefined;
  #broken = false;
  #stopping: Promise<number> | undefined;

  constructor(
    private readonly source: ApplicationSource,
    private readonly configure: AdoptionOptions['configure'],
  ) {
    ({ promise: this.exited, resolve: this.#exit } = Promise.withResolvers<number>());
    ({ promise: this.failed, resolve: this.#failed } = Promise.withResolvers<void>());
  }

  /** Resolves when the application is ready. A failed start has released everything before this rejects. */
  async start(): Promise<Running> {
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
    return this.#end(reason);
  }

  /** Writes what is wrong, then stops; the code is 1, also of a stop that has begun. */
  fail(what: string, error: unknown): Promise<number> {
    const { launcher, logger } = this.#runtime ?? {};
    launcher?.markBroken();
    // The one fatal record tells of the first failure: what comes later may come of it.
    if (this.#broken) logger?.error({ context: 'Bootstrap', err: error }, what);
    else reportFailure(what, error, logger);
    this.#broken = true;
    this.#failed();
    return this.#end(what);
  }

  /** Writes a record of the application's own; before there is a logger it is left out. */
  log(msg: string, fields: object): void {
    this.#runtime?.logger.info({ context: 'Bootstrap', ...fields }, msg);
  }

  /** Milliseconds that the stop may still take. */
  remainingMs(): number {
    return this.#runtime?.launcher.remainingMs() ?? 0;
  }

  async #startParts(): Promise<Running> {
    const runtime = await this.source.makeRuntime();
    this.#runtime = runtime;
    const { events } = runtime.launcher;
    events.onEvent((event) => {
      if (event.kind === 'service.crashed') void this.fail('A service crashed', event.error);
    });
    const bound = await this.#step(() => runtime.listen());
    const app = await this.#step(() =>
      events.phase('register business services', () => this.#createContainer(runtime)),
    );
    await this.#step(() => app.init());
    const url = await this.#step(() => this.source.serve(app, runtime));
    const monitoringUrl = urlOf(bound.host, bound.port);
    this.log('ready', { ...(url && { url }), monitoring_url: monitoringUrl });
    return { app, ...(url && { url }), monitoringUrl, stop: () => this.stop(), exited: this.exited };
  }

  /** @throws StartInterruptedError instead of beginning a step of a start that was interrupted. */
  #step<T>(work: () => Promise<T>): Promise<T> {
    if (this.#interrupted !== undefined) throw new StartInterruptedError(this.#interrupted);
    return work();
  }

  async #createContainer(runtime: EggyRuntime): Promise<INestApplication> {
    this.#app = await this.source.makeContainer(runtime);
    await this.configure?.(this.#app, runtime.launcher);
    return this.#app;
  }

  #end(reason: string): Promise<number> {
    this.#interrupted ??= reason;
    return (this.#stopping ??= this.#stopParts(reason).then((code) => {
      this.#exit(code);
      return code;
    }));
  }

  async #stopParts(reason: string): Promise<number> {
    const runtime = this.#runtime;
    if (!runtime) return this.#broken ? 1 : 0;
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
    const code = this.#broken || launcher.failures.length > 0 ? 1 : 0;
    this.log('stopped', { code, reason });
    return code;
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
