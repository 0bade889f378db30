import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import { bytes, type Size } from './size.js';

describe('bytes', () => {
  it.each<[Size, number]>([
    [0, 0],
    [1.5, 2],
    ['1b', 1],
    ['64kb', 65_536],
    ['1mb', 1_048_576],
    ['1.5mb', 1_572_864],
    ['2gb', 2_147_483_648],
    ['0.3kb', 308],
  ])('counts %j as %j', (size, value) => {
    expect(bytes(size)).toBe(value);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '-1kb', '1tb', 'kb', '', '1 mb', '1e3kb', '0x10', null, {}])(
    'throws for %p',
    (size) => {
      expect(() => bytes(size as Size, 'limit')).toThrow(ArgumentError);
    },
  );
});
