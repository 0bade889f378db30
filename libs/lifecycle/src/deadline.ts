import { StartInterruptedError, StepTimeoutError } from './lifecycle.errors.js';

export interface Deadline {
  /** Names the step in the timeout error: "Initializer `SearchIndex`". */
  step: string;
  timeoutMs: number;
  /** What to do about a timeout. */
  fix: string;
  /** Ends the wait early, with {@link StartInterruptedError}. */
  signal?: AbortSignal;
}

/**
 * Runs `work` and waits for it until the deadline or the signal, whichever is first; the signal that `work` gets
 * aborts at both. Work that ignores its signal goes on unobserved: whoever must know uses `onLate`.
 */
export async function withDeadline<T>(
  { step, timeoutMs, fix, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
  onLate?: (settled: Promise<T>) => void,
): Promise<T> {
  if (signal?.aborted) throw new StartInterruptedError(reasonOf(signal));
  const controller = new AbortController();
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (error: Error): void => {
    reject(error);
    controller.abort(error);
  };
  const interrupt = (): void => giveUp(new StartInterruptedError(reasonOf(signal)));
  const timer = setTimeout(() => giveUp(new StepTimeoutError(step, timeoutMs, fix)), timeoutMs);
  signal?.addEventListener('abort', interrupt, { once: true });
  // The async wrapper turns a synchronous throw into a rejection.
  const settled = (async () => work(controller.signal))();
  try {
    return await Promise.race([given, settled]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
    if (controller.signal.aborted) {
      settled.catch(() => undefined);
      onLate?.(settled);
    }
  }
}

/** Why a signal aborted, as text. */
export function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason.message : String(reason);
}
