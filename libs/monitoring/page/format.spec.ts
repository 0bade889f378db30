import { describe, expect, it } from '@jest/globals';
import { age, bytes, clock, count, number, percent, perSecond, took } from './format.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('format', () => {
  it.each([
    [0, '0 ms'],
    [0.04, '0.04 ms'],
    [12.34, '12.3 ms'],
    [674.4, '674 ms'],
    [1234, '1.23 s'],
    [12_340, '12.3 s'],
    [125_000, '2 min 5 s'],
  ])('tells that %d ms took %s', (milliseconds, text) => expect(took(milliseconds)).toBe(text));

  it.each([
    [-5, '0 s'],
    [59_900, '59 s'],
    [HOUR + 4 * MINUTE, '1 h 4 min'],
    [24 * HOUR, '1 d'],
    [50 * HOUR, '2 d 2 h'],
  ])('tells an age of %d ms as %s', (milliseconds, text) => expect(age(milliseconds)).toBe(text));

  it.each([
    [512, '512 B'],
    [3.4 * 1024 ** 2, '3.4 MB'],
    [512 * 1024 ** 2, '512 MB'],
    [4 * 1024 ** 3, '4 GB'],
  ])('tells %d bytes as %s', (value, text) => expect(bytes(value)).toBe(text));

  it('tells numbers without digits that say nothing', () => {
    expect([number(0), number(0.05), number(3), number(12.34), number(123.4), number(1234.5)]).toEqual([
      '0',
      '0.05',
      '3',
      '12.3',
      '123',
      '1235',
    ]);
    expect([percent(1), percent(0.0432), perSecond(12.5)]).toEqual(['100 %', '4.3 %', '12.5/s']);
    expect([count(1, 'run'), count(3, 'run')]).toEqual(['1 run', '3 runs']);
  });

  it('tells the day of a time that is not of today', () => {
    const noon = new Date(2026, 10, 29, 12, 3, 4).getTime();
    expect(clock(noon, noon + HOUR)).toBe('12:03:04');
    expect(clock(noon, noon + 24 * HOUR)).toBe('29 Nov 12:03:04');
    expect(clock(Number.NaN, noon)).toBe('–');
  });
});
