import { describe, expect, it } from '@jest/globals';
import { sameValue } from './same-value.js';
import { Secret } from './secret.js';

describe(sameValue, () => {
  it.each([
    [1, 1, true],
    [Number.NaN, Number.NaN, true],
    [['a'], ['a'], true],
    [['a'], ['a', 'b'], false],
    [['a', 'b'], ['b', 'a'], false],
    [{ a: [1] }, { a: [1] }, true],
    [undefined, null, false],
    [new Secret('a'), new Secret('a'), true],
    [new Secret('a'), new Secret('b'), false],
    [new Secret('a'), 'a', false],
    [[new Secret('a')], [new Secret('a')], true],
    [[new Secret('a')], [new Secret('b')], false],
    [[[new Secret('a')]], [[new Secret('b')]], false],
  ])('looks at what secrets hold, also within a list (%#)', (a, b, expected) => {
    expect(sameValue(a, b)).toBe(expected);
  });
});
