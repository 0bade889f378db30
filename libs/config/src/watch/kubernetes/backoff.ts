export interface BackoffRange {
  retryMinMs: number;
  retryMaxMs: number;
}

/** How long to wait after failure number `failures` (from 0): doubling up to the longest, at random down to half of it. */
export function backoff(failures: number, { retryMinMs, retryMaxMs }: BackoffRange): number {
  return Math.min(retryMaxMs, retryMinMs * 2 ** failures) * (0.5 + Math.random() / 2);
}
