const SHORTEST = 50;

/** How long to wait before attempt number `attempt` (from 0): doubling up to `longestMs`, at random down to half of it. */
export function backoff(attempt: number, longestMs: number): number {
  return Math.min(longestMs, SHORTEST * 2 ** attempt) * (0.5 + Math.random() / 2);
}
