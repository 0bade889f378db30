import { describe, expect, it } from '@jest/globals';
import { resolveHttpOptions } from './http.options.js';

describe('resolveHttpOptions', () => {
  it('has defaults for everything', () => {
    expect(resolveHttpOptions({})).toMatchObject({
      keepAliveTimeoutMs: 72_000,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 60_000,
      bodyLimit: 1_048_576,
      trustProxy: false,
      errorMappers: [],
    });
  });

  it('never gives the headers more time than the request', () => {
    expect(resolveHttpOptions({ requestTimeout: '4s' }).headersTimeoutMs).toBe(4000);
    expect(resolveHttpOptions({ requestTimeout: 0 }).headersTimeoutMs).toBe(10_000);
    expect(resolveHttpOptions({ headersTimeout: '1s', requestTimeout: '4s' }).headersTimeoutMs).toBe(1000);
  });

  it('merges security headers whatever the case of their names', () => {
    const names = (own: false | Record<string, string | false>) =>
      Object.fromEntries(resolveHttpOptions({ securityHeaders: own }).securityHeaders);
    expect(names({ 'X-FRAME-OPTIONS': 'DENY' })).toMatchObject({ 'x-frame-options': 'DENY' });
    expect(names({ 'x-frame-options': false })).not.toHaveProperty('x-frame-options');
    expect(names({})).not.toHaveProperty('strict-transport-security');
    expect(names(false)).toEqual({});
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses a body limit of %s', (bodyLimit) => {
    expect(() => resolveHttpOptions({ bodyLimit })).toThrow(/Expected `bodyLimit` to be a number of bytes from 1/);
  });

  it('refuses a duration that is none', () => {
    expect(() => resolveHttpOptions({ keepAliveTimeout: 'soon' as '1s' })).toThrow(/`keepAliveTimeout`/);
  });
});
