import { messageOf } from '@eggybyte/errors';
import { type LateStep, StartInterruptedError, StepTimeoutError } from './lifecycle.errors.js';
import { Waits } from './waits.js';

export interface Deadline extends LateStep {
  /** Ends the wait early, with {@link StartInterruptedError}. */
  signal?: AbortSignal;
  /** What the step waits on, if that is known outside of it. @default what it tells by `waitingOn` */
  waits?: Waits;
}

/** Node fires a longer timer at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` and waits for it until the deadline or the signal, whichever is first; the signal that `work` gets
 * aborts at both. Work that ignores its signal goes on unobserved: whoever must know uses `onLate`, which is called
 * only when this function has thrown for a deadline or a signal.
 */
export async function withDeadline<T>(
  { signal, waits = new Waits(), ...step }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
  onLate?: (settled: Promise<T>) => void,
): Promise<T> {
  throwIfInterrupted(signal);
  const controller = new AbortController();
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (error: Error): void => {
    reject(error);
    controller.abort(error);
  };
  const interrupt = (): void => giveUp(new StartInterruptedError(reasonOf(signal)));
  const timeout = (): void => giveUp(new StepTimeoutError(step, waits.list()));
  const timer = setTimeout(timeout, Math.min(step.timeoutMs, LONGEST_TIMER_MS));
  signal?.addEventListener('abort', interrupt, { once: true });
  // The async wrapper turns a synchronous throw into a rejection.
  const settled = waits.follow(async () => work(controller.signal));
  try {
    return await Promise.race([given, settled]);
  } catch (error) {
    // Not `aborted` alone: an abort that comes after the work was done must not make its result late as well.
    if (controller.signal.aborted && error === controller.signal.reason) onLate?.(settled);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** @throws StartInterruptedError when the signal has aborted. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StartInterruptedError(reasonOf(signal));
}

/** Why a signal aborted, as text. */
function reasonOf(signal: AbortSignal | undefined): string {
  return messageOf(signal?.reason);
}
