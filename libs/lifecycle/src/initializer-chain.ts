import { withDeadline } from './deadline.js';
import type { LauncherListener } from './launcher-events.js';
import { InitializerFailedError, StartInterruptedError, StepTimeoutError } from './lifecycle.errors.js';

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
  readonly #late = new Set<Promise<unknown>>();

  constructor(private readonly emit: LauncherListener) {}

  async run<T>(step: InitializerStep<T>, signal: AbortSignal): Promise<T> {
    const began = performance.now();
    const deadline = {
      step: `Initializer \`${step.name}\``,
      timeoutMs: step.timeoutMs,
      fix: `see what \`${step.name}\` waits for, or raise its timeout`,
      signal,
    };
    try {
      const value = await withDeadline(deadline, step.init.bind(step), (settled) => this.#closeWhenDone(step, settled));
      this.#remember(step, value);
      this.emit({ kind: 'initializer.finished', name: step.name, tookMs: performance.now() - began });
      return value;
    } catch (cause) {
      const named = cause instanceof StepTimeoutError || cause instanceof StartInterruptedError;
      const error = named ? cause : new InitializerFailedError(step.name, cause);
      this.emit({ kind: 'initializer.failed', name: step.name, tookMs: performance.now() - began, error });
      throw error;
    }
  }

  /** Closes in reverse order within the budget and returns what failed; a second call has nothing left to do. */
  async close(budgetMs: number): Promise<unknown[]> {
    const until = performance.now() + budgetMs;
    const failures: unknown[] = [];
    const attempt = async (name: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> => {
      const timeoutMs = Math.max(0, until - performance.now());
      const fix = `let its close() honour the signal, or raise SHUTDOWN_TIMEOUT`;
      try {
        await withDeadline({ step: `Closing \`${name}\``, timeoutMs: Math.round(timeoutMs), fix }, work);
      } catch (error) {
        failures.push(error);
      }
    };
    while (this.#closers.length > 0) {
      const { name, close } = this.#closers.pop() as Closer;
      const began = performance.now();
      await attempt(name, close);
      this.emit({ kind: 'initializer.closed', name, tookMs: performance.now() - began });
    }
    if (this.#late.size > 0) await attempt('interrupted initializers', () => Promise.all(this.#late));
    return failures;
  }

  #remember<T>(step: InitializerStep<T>, value: T): void {
    this.#closers.push({ name: step.name, close: async (signal) => step.close?.(value, signal) });
  }

  /** An init that ignored its abort and succeeded all the same holds something: release it as soon as it is there. */
  #closeWhenDone<T>(step: InitializerStep<T>, settled: Promise<T>): void {
    const closed = settled.then(
      async (value) => step.close?.(value, AbortSignal.timeout(step.timeoutMs)),
      () => undefined,
    );
    this.#late.add(closed);
    closed.catch(() => undefined).finally(() => this.#late.delete(closed));
  }
}
