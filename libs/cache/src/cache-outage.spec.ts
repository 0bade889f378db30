import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CacheService } from './cache.service.js';
import { MemoryCacheDriver } from './memory-driver.js';

describe('CacheService while the cache is down', () => {
  class Down extends MemoryCacheDriver {
    #fail = () => Promise.reject(new Error('down'));
    override get = this.#fail;
    override getMulti = this.#fail;
    override set = this.#fail;
    override delete = this.#fail;
    override increment = this.#fail;
    override decrement = this.#fail;
    override add = this.#fail;
    override replace = this.#fail;
    override touch = this.#fail;
  }
  const down = () => new CacheService(new Down());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('answers everything without an error', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const cache = down();
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.getMany(['a'])).toEqual(new Map());
    expect(await cache.set('a', 1)).toBe(false);
    expect(await cache.delete('a')).toBe(false);
    expect(await cache.exists('a')).toBe(false);
    expect(await cache.increment('a')).toBeUndefined();
    expect(await cache.decrement('a')).toBeUndefined();
    expect(await cache.add('a', 1)).toBe(false);
    expect(await cache.touch('a')).toBe(false);
    expect(await cache.setMany([['a', 1]])).toBe(false);
    expect(await cache.deleteMany(['a'])).toBe(false);
    expect(await cache.namespace('n').clear()).toBe(false);
    expect(await cache.getOrSet('a', '1m', () => 1)).toBe(1);
    expect(await cache.getOrSet('a', '1m', () => 1, { lease: '10s', staleOnError: '1m', negativeTtl: '1m' })).toBe(1);
    await expect(cache.put('a', 1)).resolves.toBeUndefined();
    await expect(cache.evict('a')).resolves.toBeUndefined();
  });

  it('fails for what is required', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const cache = down();
    await expect(cache.delete('a', { required: true })).rejects.toThrow('down');
    await expect(cache.deleteMany(['a', 'b'], { required: true })).rejects.toThrow('down');
    await expect(cache.namespace('n').clear({ required: true })).rejects.toMatchObject({
      code: 'EGGY_CACHE_UNAVAILABLE',
    });
  });

  it('still tells of values that it could never store', async () => {
    await expect(down().set('a', Symbol('x'))).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
  });
});
