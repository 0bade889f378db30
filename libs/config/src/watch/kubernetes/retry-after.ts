/** An answer cannot silence the watch for longer. */
const LONGEST_MS = 120_000;

/** The header in milliseconds: seconds or a date; undefined where it is absent or makes no sense. */
export function readRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}
