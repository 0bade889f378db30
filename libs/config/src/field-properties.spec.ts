import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { custom } from './custom-field.js';
import { checkField, type Field } from './field.js';
import { list } from './list-field.js';
import { bool, int, number, port } from './number-fields.js';
import { Secret } from './secret.js';
import { oneOf, secret, text, url } from './text-fields.js';
import { duration, size } from './unit-fields.js';

const REFUSED = Symbol('refused');
const read = (field: Field<unknown>, given: unknown): unknown => {
  const { success, data } = checkField(field, given);
  return success ? data : REFUSED;
};

/** Texts, and texts that are nearly what some field takes. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'0123456789.-+eE_, \n\0xmskbgdhtrue:/@#?%'.split('')), maxLength: 12 }),
  fc.double().map(String),
  fc.webUrl(),
);

const THROWS = custom(
  z.string().transform((value): number => {
    throw new Error(`no number: ${value}`);
  }),
  { expected: 'what is never given' },
);

const FIELDS: Record<string, Field<unknown>> = {
  bool: bool(),
  oneOf: oneOf(['a', 'b']),
  int: int({ min: -5 }),
  number: number({ max: 1e9 }),
  port: port(),
  duration: duration(),
  size: size(),
  url: url(),
  text: text({ max: 10 }),
  secret: secret({ min: 2 }),
  list: list(int()),
  'list of secrets': list(secret()),
  custom: custom(z.email(), { expected: 'an e-mail address' }),
  'custom that throws': THROWS,
};

describe('a field', () => {
  it.each(Object.entries(FIELDS))('takes or refuses anything that is given, and never throws: %s', (_, field) => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.anything({ withBigInt: true, withNullPrototype: true })), (given) => {
        expect([true, false]).toContain(checkField(field, given).success);
      }),
    );
  });

  it.each(Object.entries(FIELDS))('reads the same text the same way each time: %s', (_, field) => {
    const reveal = (value: unknown): unknown =>
      JSON.stringify(value, (__, each: unknown) => (each instanceof Secret ? each.reveal() : each));
    fc.assert(fc.property(anyText, (given) => expect(reveal(read(field, given))).toBe(reveal(read(field, given)))));
  });

  it('of a schema that throws has refused the value', () => {
    expect(read(THROWS, 'x')).toBe(REFUSED);
  });
});

describe('bool', () => {
  it('takes four texts, of all there are', () => {
    const near = fc.constantFrom('true', 'false', '1', '0', 'TRUE', 'yes', '');
    fc.assert(
      fc.property(fc.oneof(near, anyText), (given) => {
        const expected = new Map([
          ['true', true],
          ['1', true],
          ['false', false],
          ['0', false],
        ]).get(given);
        expect(read(bool(), given)).toBe(expected ?? REFUSED);
      }),
    );
  });
});

describe('oneOf', () => {
  it('takes what is listed, in its spelling', () => {
    const values = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, anyText, (listed, other) => {
        const field = oneOf(listed as [string, ...string[]]);
        for (const value of listed) expect(read(field, value)).toBe(value);
        expect(read(field, other)).toBe(listed.includes(other) ? other : REFUSED);
      }),
    );
  });
});

describe('numbers', () => {
  it('are read from their plain decimal form, and from no other', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.nat(8), (value, digits) => {
        const plain = value.toFixed(digits);
        expect(read(number(), plain)).toBe(Number(plain));
        for (const other of [`+${plain}`, ` ${plain}`, `${plain}e0`, `0${plain.replace('-', '')}x`]) {
          expect(read(number(), other)).toBe(REFUSED);
        }
      }),
    );
  });

  it('are within both bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (a, b, value) => {
        const [min, max] = a < b ? [a, b] : [b, a];
        const expected = value >= min && value <= max ? value : REFUSED;
        expect([read(int({ min, max }), String(value)), read(number({ min, max }), String(value))]).toEqual([
          expected,
          expected,
        ]);
      }),
    );
  });

  it('are safe integers where they are integers', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(read(int(), String(value))).toBe(isSafe ? Number(value) : REFUSED);
      }),
    );
  });
});

describe('units', () => {
  const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const BYTES = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

  it('multiply a whole number', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (value) => {
        for (const [unit, factor] of Object.entries(MILLISECONDS)) {
          expect(read(duration(), `${value}${unit}`)).toBe(value * factor);
        }
        for (const [unit, factor] of Object.entries(BYTES))
          expect(read(size(), `${value}${unit}`)).toBe(value * factor);
      }),
    );
  });

  it('give a whole number from 0 up for whatever is taken, and want a unit for a duration', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const [time, amount] = [read(duration(), given), read(size(), given)];
        const isWhole = (value: unknown): boolean =>
          value === REFUSED || (Number.isSafeInteger(value) && Number(value) >= 0);
        expect([isWhole(time), isWhole(amount)]).toEqual([true, true]);
        expect(time === REFUSED || given === '0' || /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(given)).toBe(true);
        expect(amount === REFUSED || /^\d+(\.\d+)?([kmg]?b)?$/i.test(given)).toBe(true);
      }),
    );
  });
});

describe('texts', () => {
  it('come as they were given, secrets too', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        expect(read(text(), given)).toBe(given);
        expect((read(secret(), given) as Secret).reveal()).toBe(given);
      }),
    );
  });

  it('keep their bounds, in characters', () => {
    fc.assert(
      fc.property(anyText, fc.nat(10), fc.nat(10), (given, min, more) => {
        const { length } = Array.from(given);
        const fits = length >= min && length <= min + more;
        expect(read(text({ min, max: min + more }), given)).toBe(fits ? given : REFUSED);
      }),
    );
  });

  it('are URLs without space, of the protocols that were told', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), anyText, (good, given) => {
        expect(read(url(), good)).toBe(good);
        expect([read(url(), ` ${good}`), read(url(), `${good}\n`), read(url(), `ftp${good.slice(4)}`)]).toEqual([
          REFUSED,
          REFUSED,
          REFUSED,
        ]);
        if (read(url(), given) !== REFUSED) {
          expect(['http:', 'https:']).toContain(new URL(given).protocol);
          expect(given).toMatch(/^https?:\/\/\S+$/i);
        }
      }),
    );
  });
});

describe('lists', () => {
  it('read back what was joined by a comma, with space around it or not', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1 }), fc.constantFrom(',', ', ', ' ,'), (items, comma) => {
        expect(read(list(int()), items.join(comma))).toEqual(items);
      }),
    );
  });

  it('have no empty item, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const items = given.split(',').map((item) => item.trim());
        expect(read(list(), given)).toEqual(items.includes('') ? REFUSED : items);
      }),
    );
  });
});

describe('custom', () => {
  it('gives what the schema makes of it', () => {
    const hex = custom(
      z
        .string()
        .regex(/^[0-9a-f]+$/)
        .transform((value) => Number.parseInt(value, 16)),
      { expected: 'hexadecimal digits' },
    );
    fc.assert(
      fc.property(fc.nat(), anyText, (value, given) => {
        expect(read(hex, value.toString(16))).toBe(value);
        if (!/^[0-9a-f]+$/.test(given)) expect(read(hex, given)).toBe(REFUSED);
      }),
    );
  });
});
