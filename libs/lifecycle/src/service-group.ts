import type { BackgroundService, Service } from './contracts.js';
import { LONGEST_TIMER_MS, throwIfInterrupted, withDeadline } from './deadline.js';
import type { TellLauncherEvent } from './launcher-events.js';
import { type LateStep, ServiceFailedError, StepTimeoutError } from './lifecycle.errors.js';
import { Waits } from './waits.js';

interface ServiceTimes {
  startTimeoutMs: number;
  stopTimeoutMs: number;
}

interface Member extends ServiceTimes {
  name: string;
  service: Service | BackgroundService;
  /** What it tells that it waits on, from its start to its stop. */
  readonly waits: Waits;
  /** `ended`: it failed, crashed, finished or was stopped, so there is nothing to stop. */
  state: 'added' | 'starting' | 'started' | 'ended';
  /** Settles when the start has; never rejects. */
  starting?: Promise<void>;
  /** Of a background service: settles when `run` does; rejects for a failure after draining began, and only then. */
  running?: Promise<void>;
}

/** The services of an application: concurrent start, stop in reverse order, each once and only if it had started. */
export class ServiceGroup {
  readonly #members: Member[] = [];
  readonly #drain = new AbortController();
  /** Only there while the services start. */
  #abortStart: AbortController | undefined;
  #failure: Error | undefined;

  constructor(
    private readonly emit: TellLauncherEvent,
    private readonly onCrash: (error: ServiceFailedError) => void,
    /** Told each service that starts. */
    private readonly waits: Waits,
  ) {}

  add(service: Service | BackgroundService, name: string, times: ServiceTimes): void {
    this.#members.push({ name, service, ...times, waits: new Waits(), state: 'added' });
  }

  /** Starts all at once. The first failure or crash aborts the others; it is thrown once all of them have settled. */
  async start(signal: AbortSignal): Promise<void> {
    throwIfInterrupted(signal);
    // Not AbortSignal.any: a service may hand the signal on to what it opens, which must not abort with the stop.
    const abort = (this.#abortStart = new AbortController());
    const interrupt = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', interrupt, { once: true });
    const all = Promise.all(this.#members.map((member) => (member.starting = this.#startOne(member, abort.signal))));
    // A start that ignores its signal must not hold the others' failure back for ever.
    await Promise.race([all, aborted(abort.signal).then(() => grace(all))]);
    signal.removeEventListener('abort', interrupt);
    this.#abortStart = undefined;
    if (this.#failure) throw this.#failure;
    throwIfInterrupted(signal);
  }

  /** Tells the background services that draining has begun. */
  beginDrain(): void {
    this.#drain.abort();
  }

  /** Stops in reverse order of registration and returns every error. One that hangs leaves the others their time. */
  async stop(budgetMs: number): Promise<unknown[]> {
    this.beginDrain();
    const until = performance.now() + budgetMs;
    const failures: unknown[] = [];
    const members = this.#members.filter(({ state }) => state === 'starting' || state === 'started').toReversed();
    for (const [at, member] of members.entries()) {
      const shareMs = Math.max(0, until - performance.now()) / (members.length - at);
      try {
        await this.#stopOne(member, Math.round(Math.min(member.stopTimeoutMs, shareMs)));
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }

  async #startOne(member: Member, signal: AbortSignal): Promise<void> {
    const { name, service, waits } = member;
    const began = performance.now();
    const end = this.waits.begin(`service \`${name}\``, waits);
    const limit = this.#limitStart(member, signal);
    member.state = 'starting';
    this.emit({ kind: 'service.starting', name });
    try {
      signal.throwIfAborted();
      if (isBackground(service)) this.#runInBackground(member, service);
      else await waits.follow(async () => service.start(signal));
      member.state = 'started';
      this.emit({ kind: 'service.started', name, tookMs: performance.now() - began });
    } catch (cause) {
      member.state = 'ended';
      const error = new ServiceFailedError(name, 'failed to start', cause);
      this.emit({ kind: 'service.failed', name, tookMs: performance.now() - began, error });
      // What fails after the abort fails because of it.
      if (!signal.aborted) this.#failStart(error);
    } finally {
      limit[Symbol.dispose]();
      end();
    }
  }

  /** Not by a deadline around `start`: one that comes up after it is to be stopped. */
  #limitStart({ name, startTimeoutMs, waits }: Member, signal: AbortSignal): Disposable {
    const fix = `see what \`${name}\` waits for, or raise its startTimeout`;
    const late: LateStep = { step: `Service \`${name}\``, verb: 'start', timeoutMs: startTimeoutMs, fix };
    const timeout = (): void => this.#failStart(new StepTimeoutError(late, waits.list()));
    const timer = setTimeout(timeout, Math.min(startTimeoutMs, LONGEST_TIMER_MS));
    const clear = (): void => clearTimeout(timer);
    signal.addEventListener('abort', clear, { once: true });
    return { [Symbol.dispose]: clear };
  }

  #failStart(error: Error): void {
    this.#failure ??= error;
    this.#abortStart?.abort(error);
  }

  #runInBackground(member: Member, service: BackgroundService): void {
    member.running = this.#watch(member, service);
    // Its stop tells of a failure; until then it must not count as unhandled.
    member.running.catch(() => undefined);
  }

  async #watch(member: Member, service: BackgroundService): Promise<void> {
    const { name } = member;
    const { signal } = this.#drain;
    try {
      await member.waits.follow(async () => service.run(signal));
      if (signal.aborted) return;
      member.state = 'ended';
      this.emit({ kind: 'service.finished', name });
    } catch (cause) {
      if (signal.aborted) {
        // After the signal a rejection with the abort itself is the usual way to return.
        if (isAbort(cause)) return;
        throw cause;
      }
      member.state = 'ended';
      const error = new ServiceFailedError(name, 'crashed', cause);
      this.emit({ kind: 'service.crashed', name, error });
      this.onCrash(error);
      this.#failStart(error);
    }
  }

  async #stopOne(member: Member, timeoutMs: number): Promise<void> {
    const { name, service, waits } = member;
    const fix = 'let it honour its signal, or raise its stopTimeout';
    const began = performance.now();
    try {
      await withDeadline({ step: `Service \`${name}\``, verb: 'stop', timeoutMs, fix, waits }, async (signal) => {
        // A start that ignored its abort may still come up, and then there is something to stop.
        await member.starting;
        if (member.state !== 'started') return;
        member.state = 'ended';
        await (isBackground(service) ? member.running : service.stop(signal));
        this.emit({ kind: 'service.stopped', name, tookMs: performance.now() - began });
      });
    } catch (cause) {
      throw cause instanceof StepTimeoutError ? cause : new ServiceFailedError(name, 'failed to stop', cause);
    }
  }
}

const ABORT_GRACE_MS = 1000;

/** A class with `run` may have a `start` or a `stop` of its own; with both of them it is a {@link Service}. */
function isBackground(service: Service | BackgroundService): service is BackgroundService {
  return 'run' in service && !('start' in service && 'stop' in service);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function grace(all: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ABORT_GRACE_MS);
  await Promise.race([all, promise]);
  clearTimeout(timer);
}

/** By name: such an error may be a DOMException, of whatever realm. */
function isAbort(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === 'AbortError';
}
