import { withDeadline } from './deadline.js';
import type { TellLauncherEvent } from './launcher-events.js';
import { InitializerFailedError, StartInterruptedError, StepTimeoutError } from './lifecycle.errors.js';
import { Waits } from './waits.js';

export interface InitializerStep<T> {
  name: string;
  timeoutMs: number;
  init(signal: AbortSignal): Promise<T>;
  /** Gets what `init` resolved to. */
  close?: ((value: T, signal: AbortSignal) => Promise<void>) | undefined;
}

interface Closer {
  name: string;
  close(signal: AbortSignal): Promise<void>;
}

/** Initializers that succeeded, closed once each in reverse order; also those that succeed after their abort. */
export class InitializerChain {
  readonly #closers: Closer[] = [];
  /** What goes on after its abort, by the end of that: it failed, or it was closed. Never rejects. */
  readonly #late = new Map<Promise<void>, { name: string; waits: Waits }>();
  readonly #failures: unknown[] = [];

  constructor(
    private readonly emit: TellLauncherEvent,
    /** Told each initializer that runs. */
    private readonly waits: Waits,
  ) {}

  async run<T>(step: InitializerStep<T>, signal: AbortSignal): Promise<T> {
    const { name, timeoutMs } = step;
    const began = performance.now();
    const fix = `see what \`${name}\` waits for, or raise its timeout`;
    const waits = new Waits();
    const end = this.waits.begin(`initializer \`${name}\``, waits);
    const deadline = { step: `Initializer \`${name}\``, timeoutMs, fix, signal, waits };
    this.emit({ kind: 'initializer.started', name });
    try {
      const value = await withDeadline(deadline, step.init.bind(step), (late) => this.#watchLate(step, late, waits));
      this.#remember(step, value);
      this.emit({ kind: 'initializer.finished', name, tookMs: performance.now() - began });
      return value;
    } catch (cause) {
      const named = cause instanceof StepTimeoutError || cause instanceof StartInterruptedError;
      const error = named ? cause : new InitializerFailedError(name, cause);
      this.emit({ kind: 'initializer.failed', name, tookMs: performance.now() - began, error });
      throw error;
    } finally {
      end();
    }
  }

  /** Closes in reverse order within the budget and returns what failed; a second call has nothing left to do. */
  async close(budgetMs: number): Promise<unknown[]> {
    const until = performance.now() + budgetMs;
    // One that hangs leaves the others their time.
    const shareMs = (parts: number): number => Math.max(0, Math.round((until - performance.now()) / parts));
    // What still goes on came last and may use what earlier ones opened, so its end is awaited first.
    const lateMs = shareMs(this.#closers.length > 0 ? 2 : 1);
    await Promise.all([...this.#late].map(([over, late]) => this.#endOf(over, late, lateMs)));
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      await this.#closeOne(closer, shareMs(this.#closers.length + 1));
    }
    return this.#failures.splice(0);
  }

  #remember<T>(step: InitializerStep<T>, value: T): void {
    if (step.close) this.#closers.push(closerOf(step, value));
  }

  /** An init that ignored its abort and succeeded all the same holds something: release it as soon as it is there. */
  #watchLate<T>(step: InitializerStep<T>, settled: Promise<T>, waits: Waits): void {
    const closed = settled.then(
      (value) => (step.close ? this.#closeOne(closerOf(step, value), step.timeoutMs) : undefined),
      () => undefined,
    );
    const over = closed.finally(() => this.#late.delete(over));
    this.#late.set(over, { name: step.name, waits });
  }

  #endOf(over: Promise<void>, { name, waits }: { name: string; waits: Waits }, timeoutMs: number): Promise<void> {
    const fix = 'let its init() honour its signal';
    const deadline = { step: `Interrupted initializer \`${name}\``, timeoutMs, fix, waits };
    return withDeadline(deadline, () => over).catch((error: unknown) => void this.#failures.push(error));
  }

  async #closeOne(closer: Closer, timeoutMs: number): Promise<void> {
    const { name } = closer;
    const began = performance.now();
    const fix = 'let its close() honour its signal, or raise the shutdown timeout';
    try {
      await withDeadline({ step: `Initializer \`${name}\``, verb: 'close', timeoutMs, fix }, (signal) =>
        closer.close(signal),
      );
      this.emit({ kind: 'initializer.closed', name, tookMs: performance.now() - began });
    } catch (cause) {
      const named = cause instanceof StepTimeoutError;
      this.#failures.push(named ? cause : new InitializerFailedError(name, cause, 'failed to close'));
    }
  }
}

function closerOf<T>(step: InitializerStep<T>, value: T): Closer {
  return { name: step.name, close: async (signal) => step.close?.(value, signal) };
}
