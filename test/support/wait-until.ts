import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until it gives up. @default 10000 */
  timeout?: number;
  /** Milliseconds between two looks. @default 20 */
  interval?: number;
  /** What is waited for, told when it does not come. */
  what: string;
}

/** Looks until `condition` gives something other than undefined or false, and returns that; an error counts as "not yet". */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  { timeout = 10_000, interval = 20, what }: WaitOptions,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + timeout;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value as Exclude<T, false | undefined>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeout} ms in vain for ${what}`, { cause: lastError });
    }
    await sleep(interval);
  }
}
