import { type Duration, milliseconds } from '@eggybyte/errors';
import { z } from 'zod';
import { fieldBuilder } from './field.js';
import { withRange } from './range.js';
import { bytes, type Size } from './size.js';

export interface DurationOptions {
  /** Shortest duration allowed. */
  min?: Duration;
  /** Longest duration allowed. */
  max?: Duration;
}

export interface SizeOptions {
  /** Smallest size allowed. */
  min?: Size;
  /** Largest size allowed. */
  max?: Size;
}

const orAsGiven = (given: unknown, convert: () => number): unknown => {
  try {
    return convert();
  } catch {
    return given;
  }
};

const showDuration = (given: unknown): string => (typeof given === 'number' ? `${given}ms` : String(given));

/** The schema of a whole number between two bounds that `convert` turns into numbers. */
const whole = <B>(convert: (bound: B) => number, min: B | undefined, max: B | undefined): z.ZodNumber => {
  const above = z.int().min(min === undefined ? 0 : convert(min));
  return max === undefined ? above : above.max(convert(max));
};

/**
 * A duration, in the configuration a whole number of milliseconds. Text needs a unit, `250ms`, `5s`, `10m`, `1h`, `7d`,
 * as some read a bare number as seconds and some as milliseconds; only `0` goes without.
 */
export const duration = fieldBuilder<number, Duration, DurationOptions>(({ min, max }) => ({
  schema: whole(milliseconds, min, max),
  read: (given) => (given === '0' ? 0 : orAsGiven(given, () => milliseconds(given as Duration))),
  expected: `${withRange<Duration>('a duration', { min, max, show: showDuration, order: milliseconds })} (units: ms, s, m, h, d)`,
  show: showDuration,
}));

/** A size, in the configuration a whole number of bytes: `64kb`, `1mb`, `2gb` (powers of 1024), or bytes without a unit. */
export const size = fieldBuilder<number, Size, SizeOptions>(({ min, max }) => ({
  schema: whole(bytes, min, max),
  read: (given) => orAsGiven(given, () => bytes(given as Size)),
  expected: `${withRange<Size>('a size', { min, max, order: bytes })} (units: b, kb, mb, gb)`,
}));
