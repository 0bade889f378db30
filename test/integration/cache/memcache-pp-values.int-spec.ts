import { CacheService } from '@eggybyte/cache';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { startMemcached } from '../../support/memcached.js';
import { openMemcached } from './open-memcached.js';

describe('values of other programs that use memcache-pp', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it.each([
    ['a text', 0, 'END', 'END'],
    ['JSON', 2, '{"a":[1]}', { a: [1] }],
    ['a number', 8, '-1.5', -1.5],
    ['a compressed value', 18, 'eJyrVipJLS4BAAsLAwg=', undefined],
    ['flags of somebody else', 64, '1', undefined],
  ])('are read: %s', async (_, flags, stored, value) => {
    await using server = await startMemcached();
    await using driver = await openMemcached([server.address]);
    expect(await server.ask(`set k ${flags} 0 ${stored.length}\r\n${stored}\r\n`)).toBe('STORED\r\n');
    expect(await new CacheService(driver).get('k')).toEqual(value);
  });

  it('find ours: bytes and numbers by their flags', async () => {
    await using server = await startMemcached();
    await using driver = await openMemcached([server.address]);
    const cache = new CacheService(driver);
    await cache.set('object', { a: 1 });
    await cache.increment('counter', 7);
    expect(await server.ask('get object counter\r\n')).toBe(
      'VALUE object 4 7\r\n{"a":1}\r\nVALUE counter 8 1\r\n7\r\nEND\r\n',
    );
  });
});
