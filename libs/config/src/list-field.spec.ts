import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Field } from './field.js';
import { list } from './list-field.js';
import { int, port } from './number-fields.js';
import { secret, url } from './text-fields.js';

const read = (field: Field<unknown>, given: unknown): unknown => {
  const result = field.schema.safeParse(field.read(given));
  return result.success ? result.data : 'refused';
};

describe('list', () => {
  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b c ', ['a', 'b c']],
    [['a,b'], ['a,b']],
    [[], []],
  ])('reads %j as %j', (given, items) => {
    expect(read(list(), given)).toEqual(items);
  });

  it.each(['', ' ', ',', 'a,', ',a', 'a,,b', 'a, ,b'])('refuses the empty item in %j', (text) => {
    expect(read(list(), text)).toBe('refused');
  });

  it('reads back what was joined', () => {
    const item = fc.stringMatching(/^[^,\s][^,]*$/).map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        expect(read(list(), items.join(','))).toEqual(items);
      }),
    );
  });

  it('reads every item by its own field', () => {
    expect([read(list(port()), '80, 443'), read(list(port()), '80,https')]).toEqual([[80, 443], 'refused']);
    expect(read(list(port()), [80, 443])).toEqual([80, 443]);
    expect(list(url()).expected).toBe('a list, comma separated, each a URL starting with http:// or https://');
  });

  it('keeps the number of items', () => {
    const pair = list(int(), { min: 1, max: 2 });
    expect([read(pair, []), read(pair, '1,2'), read(pair, '1,2,3')]).toEqual(['refused', [1, 2], 'refused']);
    expect(pair.expected).toBe('a list from 1 to 2 items, comma separated, each an integer');
  });

  it('gives a frozen list that shares nothing with the default', () => {
    const fallback = ['a'];
    const value = read(list({ default: fallback }), fallback) as string[];
    expect(Object.isFrozen(value)).toBe(true);
    expect(value).not.toBe(fallback);
  });

  it('is secret when its items are', () => {
    expect([list(secret()).secret, list().secret]).toEqual([true, false]);
  });
});
