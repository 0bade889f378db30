import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Secret } from './secret.js';

describe(Secret, () => {
  it('gives its value to who asks for it by name', () => {
    expect(new Secret('sk_live_1').reveal()).toBe('sk_live_1');
    expect(new Secret({ user: 'a' }).reveal()).toEqual({ user: 'a' });
  });

  const printings: Record<string, (value: any) => string> = {
    'a template string': (value) => `${value}`,
    concatenation: (value) => '' + value,
    JSON: (value) => JSON.stringify({ deep: [value] }),
    inspect: (value) => inspect({ deep: { deep: [value] } }, { depth: 9, showHidden: true, getters: true }),
    'inspect without custom inspection': (value) => inspect(value, { customInspect: false, showHidden: true }),
    'its own properties': (value) => JSON.stringify([Reflect.ownKeys(value), Object.entries(value), { ...value }]),
    'a structured clone': (value) => inspect(structuredClone(value), { showHidden: true }),
    'an error message': (value) => String(new Error(`refused: ${value}`)),
  };
  it.each(Object.entries(printings))('shows nothing of its value in %s', (_, print) => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{12,20}$/), (value) => {
        expect(print(new Secret(`!${value}`))).not.toContain(value);
      }),
      { numRuns: 20 },
    );
  });

  it('reads [REDACTED] where a text is wanted', () => {
    expect([String(new Secret('x')), JSON.stringify(new Secret('x')), inspect(new Secret('x'))]).toEqual([
      '[REDACTED]',
      '"[REDACTED]"',
      '[REDACTED]',
    ]);
  });

  it('takes no further property', () => {
    expect(() => Object.assign(new Secret('x'), { note: 1 })).toThrow(TypeError);
  });
});
