import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CacheKeys } from './cache-keys.js';

const HASHED = /^app:h:[\w-]{43}$/;

describe('CacheKeys', () => {
  const keys = new CacheKeys('app:');

  it.each(['user:1', 'a', '', '!~', 'x'.repeat(195), '__proto__'])('keeps %j readable behind the prefix', (key) => {
    expect(keys.of(key)).toBe(`app:${key}`);
  });

  it.each([
    ['a space', 'a b'],
    ['CR LF and a command', 'a\r\nflush_all\r\n'],
    ['a control character', 'a\u0000'],
    ['DEL', 'a\u007f'],
    ['a line end at the end', 'a\n'],
    ['letters beyond ASCII', 'größe'],
    ['200 bytes with the prefix', 'x'.repeat(196)],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['the look of a hash', 'h:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
    ['the look of a key of cache-manager', 'm:generation'],
  ])('hashes a key with %s', (_, key) => {
    expect(keys.of(key)).toMatch(HASHED);
  });

  it('tells lone surrogates apart, which are all the same in UTF-8', () => {
    expect(keys.of('\ud800')).not.toBe(keys.of('\ud801'));
  });

  it('hashes an empty key that has no prefix', () => {
    expect(new CacheKeys('').of('')).toMatch(/^h:/);
  });

  it('keeps the space of cache-manager apart, hashed or not', () => {
    for (const key of ['a', 'ä']) expect(keys.of(key, 'm:')).not.toBe(keys.of(key));
    expect(keys.of('m:a')).not.toBe(keys.of('a', 'm:'));
  });

  it('makes of any string a key that can be sent, and of two strings two keys', () => {
    const strings = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\r', '\n', 'h:', ' ')),
    });
    fc.assert(
      fc.property(strings, strings, (a, b) => {
        expect(keys.of(a)).toMatch(/^[!-~]{1,249}$/);
        expect(keys.of(a) === keys.of(b)).toBe(a === b);
      }),
    );
  });

  it.each(['a b', 'ä', 'x'.repeat(65), 'a\n'])('refuses the prefix %j', (prefix) => {
    expect(() => new CacheKeys(prefix)).toThrow(expect.objectContaining({ code: 'EGGY_ARGUMENT' }));
  });

  it('refuses a key that is no string', () => {
    expect(() => keys.of(7 as never)).toThrow('Expected `key` to be a string, got `7` (number)');
  });
});
