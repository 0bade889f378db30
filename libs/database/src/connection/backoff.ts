import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** From the first attempt on, in milliseconds; an attempt that is under way is not cut. */
  deadlineMs: number;
  signal: AbortSignal;
  /** Whether another attempt could do better. */
  retryable: (error: unknown) => boolean;
  onRetry: (error: unknown) => void;
}

const FIRST_MS = 200;
const LONGEST_MS = 5000;

/**
 * Attempts until one succeeds. Between two it waits a random time up to a limit that doubles ("full jitter"), so that
 * replicas that lost the same server do not come back in step. Rejects with the last error, or the signal's reason.
 */
export async function withBackoff<T>(options: BackoffOptions, attempt: () => Promise<T>): Promise<T> {
  const { deadlineMs, signal, retryable, onRetry } = options;
  const until = performance.now() + deadlineMs;
  for (let limitMs = FIRST_MS; ; limitMs = Math.min(limitMs * 2, LONGEST_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const leftMs = until - performance.now();
      if (!retryable(error) || leftMs <= 0) throw error;
      onRetry(error);
      const pauseMs = Math.min(Math.random() * limitMs, leftMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
