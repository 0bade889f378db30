import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Duration, milliseconds } from './duration.js';

describe('Duration', () => {
  it.each<[Duration, number]>([
    [250, 250],
    [0, 0],
    ['0s', 0],
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('reads %p as %i ms', (duration, expected) => {
    expect(milliseconds(duration)).toBe(expected);
  });

  it.each<[Duration, number]>([
    [0.1, 1],
    ['0.2ms', 1],
    [1.5, 2],
    ['0.0001s', 1],
  ])('rounds %p up to %i ms, so that a short one never becomes none', (duration, expected) => {
    expect(milliseconds(duration)).toBe(expected);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '5',
    's',
    '-5s',
    '5 s',
    ' 5s',
    '5s\n',
    '5S',
    '5sec',
    '1e3s',
    '0x10s',
    '.5s',
    '5.s',
    '1_000ms',
    `${'9'.repeat(400)}s`,
    null,
    undefined,
    {},
    ['5s'],
    5n,
  ])('refuses %p', (duration) => {
    expect(() => milliseconds(duration as Duration)).toThrow(expect.objectContaining({ code: 'EGGY_ARGUMENT' }));
  });

  it('names the argument in its error', () => {
    expect(() => milliseconds('5' as Duration, 'drainDelay')).toThrow(
      /^Expected `drainDelay` to be a duration such as/,
    );
  });

  it('gives a whole number from 0 up, or throws, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,5}(ms|s|m|h|d)$/)), (text) => {
        let result: number;
        try {
          result = milliseconds(text as Duration);
        } catch {
          return;
        }
        expect(Number.isInteger(result) && result >= 0).toBe(true);
      }),
    );
  });

  it('takes only numbers and texts with a unit, as the compiler sees it', () => {
    // @ts-expect-error no unit
    const none: Duration = '5';
    // @ts-expect-error no such unit
    const weeks: Duration = '5w';
    expect([none, weeks]).toHaveLength(2);
  });

  it.each([
    ['2.007s', 2007],
    ['0.001s', 1],
    ['1.1m', 66_000],
    ['0.5ms', 1],
    ['2.0001ms', 3],
  ] as const)('gives %s as %i ms', (text, expected) => {
    expect(milliseconds(text)).toBe(expected);
  });
});
