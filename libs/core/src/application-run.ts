import type { INestApplication } from '@nestjs/common';
import { type Launcher, LauncherEvents, type Phase, StartInterruptedError, withDeadline } from '@eggybyte/lifecycle';
import type { ApplicationSource } from './application-source.js';
import type { AdoptionOptions, EggyApplication, EggyWorker } from './bootstrap.options.js';
import { followStart } from './follow-start.js';
import { loggerWithoutConfiguration, reportFailure } from './report-failure.js';
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
  /** The last one that has begun. */
  #phase: Phase | undefined;
  #failedHook: string | undefined;
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
  fail(what: string, error: unknown, { fatal = false }: { fatal?: boolean } = {}): Promise<number> {
    const { launcher, logger = loggerWithoutConfiguration(this.source.logTo) } = this.#runtime ?? {};
    launcher?.markBroken({ fatal });
    // The one fatal record tells of the first failure: what comes later may come of it.
    if (this.#broken) logger.error({ context: 'Bootstrap', err: error }, what);
    else reportFailure(what, error, { phase: this.#phase, hook: this.#failedHook }, logger);
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
    const events = new LauncherEvents();
    this.#follow(events);
    const runtime = await this.source.makeRuntime(events);
    this.#runtime = runtime;
    // An application that is adopted has a launcher already.
    if (runtime.launcher.events !== events) this.#follow(runtime.launcher.events);
    return runtime.run(() => this.#startWith(runtime));
  }

  async #startWith(runtime: EggyRuntime): Promise<Running> {
    using _ = followStart(runtime);
    const bound = await this.#step(() => runtime.listen());
    const app = await this.#step(() => this.#createContainer(runtime));
    await this.#step(() => app.init());
    const url = await this.#step(() => this.source.serve(app, runtime));
    const monitoringUrl = urlOf(bound.host, bound.port);
    this.log('ready', { ...(url && { url }), monitoring_url: monitoringUrl });
    return { app, ...(url && { url }), monitoringUrl, stop: () => this.stop(), exited: this.exited };
  }

  #follow(events: LauncherEvents): void {
    events.onEvent((event) => {
      if (event.kind === 'phase.started') this.#phase = event.phase;
      if (event.kind === 'hook.failed') this.#failedHook = event.hook;
      if (event.kind === 'service.crashed') void this.fail('A service crashed', event.error);
    });
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
    const { launcher } = runtime;
    launcher.interrupt(reason);
    // Tearing down what is still being built would leave something behind that listens on released resources.
    const started = Promise.allSettled([this.#starting]);
    await beforeClosing('The interrupted start', launcher, () => started);
    void runtime.run(() => launcher.drain(reason));
    // Drains, stops the services and calls the hooks of the application; what hangs in them is left behind.
    const app = this.#app;
    if (app) await beforeClosing('Closing the application', launcher, () => runtime.run(() => app.close()));
    await runtime.release(reason);
    const code = this.#broken || launcher.failures.length > 0 ? 1 : 0;
    this.log('stopped', { code, reason });
    return code;
  }
}

/** Leaves the closers their time, whatever `work` does; what hangs in it is named. */
async function beforeClosing(step: string, launcher: Launcher, work: () => Promise<unknown>): Promise<void> {
  const timeoutMs = launcher.remainingUntilCloseMs();
  const fix = 'see what it waits on, or raise SHUTDOWN_TIMEOUT';
  // The list of the launcher, as hooks and providers do not know of this step.
  const deadline = { step, timeoutMs, fix, waits: launcher.waits };
  await withDeadline(deadline, work).catch((error: unknown) => launcher.recordFailure(error));
}
