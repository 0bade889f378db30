import { z } from 'zod';
import { fieldBuilder } from './field.js';
import { withRange } from './range.js';

export interface RangeOptions {
  /** Smallest value allowed. */
  min?: number;
  /** Largest value allowed. */
  max?: number;
}

/** Plain decimal digits only: `0x50`, `1e9`, `007`, `+1`, `1_000` and surrounding space mean different things to different tools. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

const readNumber = (form: RegExp) => (given: unknown) =>
  typeof given === 'string' && form.test(given) ? Number(given) : given;

const bounded = (schema: z.ZodNumber, { min, max }: RangeOptions): z.ZodNumber => {
  const above = min === undefined ? schema : schema.min(min);
  return max === undefined ? above : above.max(max);
};

/** An integer in plain decimal digits, no larger than JavaScript counts exactly (2^53 - 1). */
export const int = fieldBuilder<number, number, RangeOptions>((options) => ({
  schema: bounded(z.int(), options),
  read: readNumber(INTEGER),
  expected: withRange('an integer', options),
}));

/** A number in plain decimal form, `0.25`; no exponent. */
export const number = fieldBuilder<number, number, RangeOptions>((options) => ({
  schema: bounded(z.number(), options),
  read: readNumber(DECIMAL),
  expected: withRange('a decimal number', options),
}));

/** A TCP port, 0 to 65535. Port 0 means any free port. */
export const port = fieldBuilder<number, number, object>(() => ({
  schema: z.int().min(0).max(65_535),
  read: readNumber(INTEGER),
  expected: 'a port from 0 to 65535',
}));

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** `true` or `1`, `false` or `0`, and nothing else: a `yes` or `TRUE` is an error, not a guess. */
export const bool = fieldBuilder<boolean, boolean, object>(() => ({
  schema: z.boolean(),
  read: (given) => BOOLEANS.get(given) ?? given,
  expected: 'true or false (1 or 0)',
}));
