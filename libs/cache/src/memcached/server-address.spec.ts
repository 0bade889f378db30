import { describe, expect, it } from '@jest/globals';
import { parseServerAddress } from './server-address.js';

describe('parseServerAddress', () => {
  it.each([
    ['cache', { host: 'cache', port: 11_211 }],
    ['cache-1.svc.local:11212', { host: 'cache-1.svc.local', port: 11_212 }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['[::1]:11211', { host: '::1', port: 11_211 }],
    ['[fe80::1]', { host: 'fe80::1', port: 11_211 }],
  ])('reads %s', (text, address) => {
    expect(parseServerAddress(text)).toEqual(address);
  });

  it.each(['', ':11211', 'a:0', 'a:65536', 'a:b', 'a b', '::1', 'a\r\n', 'memcached://a:1', 'user:pw@a:1', 7 as never])(
    'refuses %j',
    (text) => {
      expect(() => parseServerAddress(text)).toThrow(expect.objectContaining({ code: 'EGGY_ARGUMENT' }));
    },
  );
});
