import { setTimeout as sleep } from 'node:timers/promises';

/** An attempt that is followed by another one. */
export interface TransactionRetry {
  /** The one that failed, from 1 on. */
  attempt: number;
  /** Name or number of the error of the database, such as `ER_LOCK_DEADLOCK`. */
  code: string;
}

export interface RepeatOptions {
  /** Attempts after the first. */
  retries: number;
  signal: AbortSignal | undefined;
  onRetry: (retry: TransactionRetry) => void;
}

/** How an attempt ended; with a code, another one makes sense. */
export type Outcome<T> = { result: T } | { error: unknown; code: string | undefined };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;

/**
 * Attempts until one succeeds, fails for good, or is the last. Between two it waits a random time up to a limit that
 * doubles ("full jitter"), so that those who met once do not meet again.
 */
export async function repeat<T>(
  { retries, signal, onRetry }: RepeatOptions,
  attempt: () => Promise<Outcome<T>>,
): Promise<T> {
  signal?.throwIfAborted();
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt();
    if ('result' in outcome) return outcome.result;
    const { error, code } = outcome;
    const isLast = code === undefined || attempts > retries;
    if (isLast || !(await pause(attempts, signal))) throw told(error, attempts);
    onRetry({ attempt: attempts, code });
  }
}

/** Whether the time has passed before the signal came. */
async function pause(attempts: number, signal: AbortSignal | undefined): Promise<boolean> {
  const limitMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
  try {
    await sleep(Math.random() * limitMs, undefined, signal && { signal });
    return true;
  } catch {
    return false;
  }
}

/** The very error, for those who look at its class, with the number of attempts where there were several. */
function told(error: unknown, attempts: number): unknown {
  if (attempts > 1 && error instanceof Error && Object.isExtensible(error)) Object.assign(error, { attempts });
  return error;
}
