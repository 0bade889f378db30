import { describe, expect, it } from '@jest/globals';
import { urlOf } from './url-of.js';

describe(urlOf, () => {
  it.each([
    ['0.0.0.0', 'http://127.0.0.1:8080'],
    ['::', 'http://127.0.0.1:8080'],
    ['127.0.0.1', 'http://127.0.0.1:8080'],
    ['::1', 'http://[::1]:8080'],
    ['users.local', 'http://users.local:8080'],
  ])('makes %s an address to type: %s', (host, url) => {
    expect(urlOf(host, 8080)).toBe(url);
  });
});
