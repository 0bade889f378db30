import type { BackgroundService, Service } from './contracts.js';
import { reasonOf, withDeadline } from './deadline.js';
import type { LauncherListener } from './launcher-events.js';
import { ServiceFailedError, StartInterruptedError } from './lifecycle.errors.js';

interface Member {
  name: string;
  service: Service | BackgroundService;
  stopTimeoutMs: number;
  state: 'added' | 'started' | 'stopped';
  /** Of a background service: settles when `run` does. */
  running?: Promise<void>;
}

/** The services of an application: concurrent start, stop in reverse order, each once and only if it had started. */
export class ServiceGroup {
  readonly #members: Member[] = [];
  readonly #drain = new AbortController();
  #stopped = false;

  constructor(
    private readonly emit: LauncherListener,
    private readonly onCrash: (error: ServiceFailedError) => void,
  ) {}

  add(service: Service | BackgroundService, name: string, stopTimeoutMs: number): void {
    this.#members.push({ name, service, stopTimeoutMs, state: 'added' });
  }

  /** Starts all at once. The first failure aborts the others; it is thrown once all of them have settled. */
  async start(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new StartInterruptedError(reasonOf(signal));
    const abort = new AbortController();
    const either = AbortSignal.any([signal, abort.signal]);
    let first: unknown;
    const starts = this.#members.map(async (member) => {
      const began = performance.now();
      try {
        await this.#startOne(member, either);
        member.state = 'started';
        this.emit({ kind: 'service.started', name: member.name, tookMs: performance.now() - began });
        // It ignored the abort and came up after the others had been stopped.
        if (this.#stopped) await this.#stopIn(member, member.stopTimeoutMs);
      } catch (cause) {
        first ??= new ServiceFailedError(member.name, 'failed to start', cause);
        abort.abort(first);
      }
    });
    const all = Promise.all(starts);
    // A start that ignores its signal must not hold an interrupted start for ever.
    await Promise.race([all, aborted(either).then(() => grace(all))]);
    if (signal.aborted) throw new StartInterruptedError(reasonOf(signal));
    if (first !== undefined) throw first;
  }

  /** Tells the background services that draining has begun. */
  beginDrain(): void {
    this.#drain.abort();
  }

  /** Stops in reverse order of registration and returns every error. */
  async stop(remainingMs: () => number): Promise<unknown[]> {
    this.beginDrain();
    this.#stopped = true;
    const failures: unknown[] = [];
    for (const member of this.#members.toReversed()) {
      if (member.state !== 'started') continue;
      try {
        await this.#stopIn(member, Math.min(member.stopTimeoutMs, remainingMs()));
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }

  async #startOne(member: Member, signal: AbortSignal): Promise<void> {
    const { service } = member;
    if ('start' in service) return service.start(signal);
    signal.throwIfAborted();
    member.running = this.#watch(member.name, (async () => service.run(this.#drain.signal))());
  }

  async #watch(name: string, run: Promise<void>): Promise<void> {
    try {
      await run;
      if (!this.#drain.signal.aborted) this.emit({ kind: 'service.finished', name });
    } catch (cause) {
      // After the signal a rejection with the abort's own reason is the usual way to return.
      if (this.#drain.signal.aborted && isAbort(cause)) return;
      const error = new ServiceFailedError(name, 'crashed', cause);
      this.emit({ kind: 'service.crashed', name, error });
      this.onCrash(error);
    }
  }

  async #stopIn(member: Member, timeoutMs: number): Promise<void> {
    member.state = 'stopped';
    const { name, service, running } = member;
    const began = performance.now();
    const deadline = {
      step: `Stopping service \`${name}\``,
      timeoutMs: Math.round(timeoutMs),
      fix: `let it honour its signal, or raise its stopTimeout`,
    };
    try {
      await withDeadline(deadline, async (signal) => ('stop' in service ? service.stop(signal) : running));
      this.emit({ kind: 'service.stopped', name, tookMs: performance.now() - began });
    } catch (cause) {
      throw new ServiceFailedError(name, 'failed to stop', cause);
    }
  }
}

const ABORT_GRACE_MS = 1000;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function grace(all: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ABORT_GRACE_MS);
  await Promise.race([all, promise]);
  clearTimeout(timer);
}

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError');
}
