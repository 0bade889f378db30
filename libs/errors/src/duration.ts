import { ArgumentError } from './argument-error.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A span of time: a number of milliseconds, or a text with a unit such as `"250ms"`, `"5s"`, `"10m"`, `"1h"`, `"7d"`. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * The duration in whole milliseconds, rounded up so that a short one never becomes "none".
 *
 * @throws ArgumentError for anything that is not a {@link Duration}: negative, not finite, or without a unit.
 */
export function milliseconds(duration: Duration, name = 'duration'): number {
  const value = typeof duration === 'number' ? duration : parse(duration);
  if (!Number.isFinite(value) || value < 0) {
    throw new ArgumentError(name, 'a duration such as 250ms, 5s, 10m, 1h or a number of milliseconds', duration);
  }
  // 2.007 s are 2007 ms and a rounding error, which is not to be rounded up.
  return Math.ceil(Number(value.toPrecision(15)));
}

function parse(text: unknown): number {
  const match = typeof text === 'string' ? FORM.exec(text) : null;
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
}
