import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ArgumentError } from './argument-error.js';

describe('ArgumentError', () => {
  it('shows what was expected, the value and its type', () => {
    const error = new ArgumentError('port', 'an integer from 1 to 65535', 0);

    expect(error.code).toBe('EGGY_ARGUMENT');
    expect(error.message).toBe(
      'Expected `port` to be an integer from 1 to 65535, got `0` (number). Fix: pass an integer from 1 to 65535.',
    );
  });

  it.each([
    ['80abc', '`80abc` (string)'],
    ['', '`` (string)'],
    [null, '`null` (null)'],
    [undefined, '`undefined` (undefined)'],
    [10n, '`10n` (bigint)'],
    [Symbol('s'), '`Symbol(s)` (symbol)'],
    [{ deep: { deeper: 1 } }, '`{ deep: [Object] }` (object)'],
    [Number.NaN, '`NaN` (number)'],
  ])('shows %p as %s', (value, shown) => {
    expect(new ArgumentError('port', 'a port', value).what).toBe(`Expected \`port\` to be a port, got ${shown}`);
  });

  it('cuts a long value', () => {
    const { what } = new ArgumentError('name', 'a name', 'x'.repeat(10_000));

    expect(what).toBe(`Expected \`name\` to be a name, got \`${'x'.repeat(80)}…\` (string)`);
  });

  it('has a message of bounded length for whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(new ArgumentError('it', 'a port', value).message.length).toBeLessThan(200);
      }),
      { numRuns: 50 },
    );
  });
});
