import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Field } from './field.js';
import { bool, int, number, port } from './number-fields.js';

const read = (field: Field<unknown>, given: unknown): unknown => {
  const result = field.schema.safeParse(field.read(given));
  return result.success ? result.data : 'refused';
};

/** Texts that one tool or another takes for a number, each for a different one. */
const CLEVER = ['', ' ', ' 1', '1 ', '1\n', '+1', '007', '-0', '1_000', '1,000', '1e9', '0x50', '0b1', '0o7', '１'];
const NO_NUMBERS = [
  ...CLEVER,
  'NaN',
  'Infinity',
  '-Infinity',
  'abc',
  '80abc',
  '1.',
  '.5',
  '--1',
  'null',
  '1n',
  '9'.repeat(400),
];

describe('int', () => {
  it.each(['0', '1', '-1', '42', '9007199254740991', '-9007199254740991'])('reads %j', (text) => {
    expect(read(int(), text)).toBe(Number(text));
  });

  it.each([...NO_NUMBERS, '1.5', '1.0', '9007199254740992', '-9007199254740992'])('refuses %j', (text) => {
    expect(read(int(), text)).toBe('refused');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 53, true, null, {}, [], 1n])(
    'refuses %p in code',
    (value) => {
      expect(read(int(), value)).toBe('refused');
    },
  );

  it('accepts a text only if it is the very text of the number it gives', () => {
    const texts = fc.oneof(fc.string(), fc.maxSafeInteger().map(String), fc.double().map(String));
    fc.assert(
      fc.property(texts, (text) => {
        const value = read(int(), text);
        expect([text, 'refused']).toContain(String(value));
      }),
    );
  });

  it('keeps both bounds, each included', () => {
    const percent = int({ min: 1, max: 100 });
    expect(['0', '1', '100', '101'].map((text) => read(percent, text))).toEqual(['refused', 1, 100, 'refused']);
  });

  it('tells its bounds in what it expects', () => {
    expect([int(), int({ min: 1 }), int({ max: 9 }), int({ min: 1, max: 9 })].map(({ expected }) => expected)).toEqual([
      'an integer',
      'an integer of at least 1',
      'an integer of at most 9',
      'an integer from 1 to 9',
    ]);
  });

  it('refuses bounds that exclude everything', () => {
    expect(() => int({ min: 2, max: 1 })).toThrow(ArgumentError);
  });
});

describe('number', () => {
  it.each(['0', '0.25', '-0.5', '10', '-3.125', '100.0'])('reads %j', (text) => {
    expect(read(number(), text)).toBe(Number(text));
  });

  it.each(NO_NUMBERS.filter((text) => text !== '-0'))('refuses %j', (text) => {
    expect(read(number(), text)).toBe('refused');
  });

  it('keeps both bounds, each included', () => {
    const ratio = number({ min: 0, max: 1 });
    expect(['-0.1', '0', '1', '1.01'].map((text) => read(ratio, text))).toEqual(['refused', 0, 1, 'refused']);
  });
});

describe('port', () => {
  it('reads exactly the texts of 0 to 65535', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -10, max: 65_545 }), fc.integer()), (value) => {
        expect(read(port(), String(value))).toBe(value >= 0 && value <= 65_535 ? value : 'refused');
      }),
    );
  });

  it.each([...NO_NUMBERS, '-1', '65536', '80.5', 'tcp://10.0.0.1:80'])('refuses %j', (text) => {
    expect(read(port(), text)).toBe('refused');
  });
});

describe('bool', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    [true, true],
    [false, false],
  ])('reads %j as %j', (given, value) => {
    expect(read(bool(), given)).toBe(value);
  });

  it.each(['', 'TRUE', 'True', 'yes', 'no', 'on', 'off', 't', 'f', ' true', 'true\n', '2', '-1', 'null'])(
    'refuses %j',
    (text) => {
      expect(read(bool(), text)).toBe('refused');
    },
  );

  it.each([1, 0, null, {}])('refuses %j in code', (value) => {
    expect(read(bool(), value)).toBe('refused');
  });
});
