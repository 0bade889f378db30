import { checkTtl } from '../cache-driver.js';

/** From here on memcached reads the number as a date, and a date of 1970 is over. */
const LONGEST_RELATIVE = 30 * 24 * 60 * 60;
/** memcached keeps dates in 32 bits; a later one is taken as one that has passed. */
const LATEST_DATE = 2 ** 31 - 1;

/**
 * A time to live in memcached's form: whole seconds rounded up, as a date beyond 30 days; 0 is "for ever".
 *
 * @throws ArgumentError
 */
export function ttlSeconds(ttlMs: number | undefined): number {
  if (ttlMs === undefined) return 0;
  checkTtl(ttlMs);
  const seconds = Math.ceil(ttlMs / 1000);
  if (seconds <= LONGEST_RELATIVE) return seconds;
  return Math.min(Math.ceil(Date.now() / 1000) + seconds, LATEST_DATE);
}
