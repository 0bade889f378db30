import { ArgumentError } from '@eggybyte/errors';

const UNITS = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const;

/** An amount of memory: a number of bytes, or a text with a unit such as `"64kb"`, `"1mb"`, `"2gb"` (powers of 1024). */
export type Size = number | `${number}${keyof typeof UNITS}`;

const FORM = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)?$/i;

/**
 * The size in whole bytes, rounded up. The unit may be in capitals; a text without a unit counts bytes.
 *
 * @throws ArgumentError for anything that is not a size: negative, not finite, or with another unit.
 */
export function bytes(size: Size, name = 'size'): number {
  const value = typeof size === 'number' ? size : parse(size);
  if (!Number.isFinite(value) || value < 0) {
    throw new ArgumentError(name, 'a size such as 64kb, 1mb, 2gb or a number of bytes', size);
  }
  return Math.ceil(value);
}

function parse(text: unknown): number {
  const match = typeof text === 'string' ? FORM.exec(text) : null;
  if (!match) return Number.NaN;
  return Number(match[1]) * UNITS[(match[2]?.toLowerCase() ?? 'b') as keyof typeof UNITS];
}
