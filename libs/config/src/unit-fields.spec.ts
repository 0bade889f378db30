import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Field } from './field.js';
import { duration, size } from './unit-fields.js';

const read = (field: Field<unknown>, given: unknown): unknown => {
  const result = field.schema.safeParse(field.read(given));
  return result.success ? result.data : 'refused';
};

describe('duration', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0.2ms', 1],
    ['0', 0],
    ['0s', 0],
    [250, 250],
  ])('reads %j as %j ms', (given, value) => {
    expect(read(duration(), given)).toBe(value);
  });

  it.each([
    '',
    '5',
    '5000',
    '5 s',
    ' 5s',
    '5s\n',
    '-5s',
    '+5s',
    '5S',
    '5sec',
    '1h30m',
    '1e3ms',
    '0x5s',
    'NaN',
    's',
    `${'9'.repeat(30)}d`,
  ])('refuses %j', (text) => {
    expect(read(duration(), text)).toBe('refused');
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, null, true, {}])('refuses %p in code', (value) => {
    expect(read(duration(), value)).toBe('refused');
  });

  it('keeps bounds written as durations, each included', () => {
    const timeout = duration({ min: '100ms', max: '1s' });
    expect(['99ms', '100ms', '1s', '1001ms'].map((text) => read(timeout, text))).toEqual([
      'refused',
      100,
      1000,
      'refused',
    ]);
    expect(timeout.expected).toBe('a duration from 100ms to 1s (units: ms, s, m, h, d)');
  });

  it('compares bounds by length, not as texts', () => {
    expect(() => duration({ min: '500ms', max: '1s' })).not.toThrow();
    expect(() => duration({ min: '2s', max: '1500ms' })).toThrow(ArgumentError);
  });

  it('shows a default given in milliseconds with its unit', () => {
    expect([duration({ default: 250 }).defaultText, duration({ default: '1h' }).defaultText]).toEqual(['250ms', '1h']);
  });
});

describe('size', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['64kb', 65_536],
    ['1MB', 1_048_576],
    ['1.5mb', 1_572_864],
    [4096, 4096],
  ])('reads %j as %j bytes', (given, value) => {
    expect(read(size(), given)).toBe(value);
  });

  it.each(['', '-1', '1 mb', '1m', '1k', '1tb', '1mib', '1e3', '0x10', ' 1mb', 'NaN', `${'9'.repeat(30)}gb`])(
    'refuses %j',
    (text) => {
      expect(read(size(), text)).toBe('refused');
    },
  );

  it('reads whole bytes back', () => {
    fc.assert(fc.property(fc.nat(), (value) => expect(read(size(), `${value}kb`)).toBe(value * 1024)));
  });

  it('keeps bounds written as sizes, each included', () => {
    const limit = size({ min: '1kb', max: '2kb' });
    expect(['1023', '1kb', '2kb', '2049'].map((text) => read(limit, text))).toEqual(['refused', 1024, 2048, 'refused']);
    expect(limit.expected).toBe('a size from 1kb to 2kb (units: b, kb, mb, gb)');
    expect(() => size({ min: '1mb', max: '2kb' })).toThrow(ArgumentError);
  });
});
