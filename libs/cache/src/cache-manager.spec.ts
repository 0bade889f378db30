import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Cache } from './cache-manager.js';
import { CacheKeys } from './cache-keys.js';
import { CacheService } from './cache.service.js';
import { FailOpenDriver } from './fail-open-driver.js';
import { MemoryCacheDriver } from './memory-driver.js';

describe('Cache', () => {
  const open = (driver = new FailOpenDriver(new MemoryCacheDriver())) => ({
    cache: new Cache(driver, new CacheKeys('app:'), 60_000),
    service: new CacheService(driver, { keyPrefix: 'app:' }),
    driver,
  });

  it.each(['', 'END', 'a\r\nb', ':base64:x', '🥚', null, 0, false, [1, { a: 2 }], Buffer.from([0, 255])])(
    'returns %j as it went in',
    async (value) => {
      const { cache } = open();
      await cache.set('größe \r\n', value);
      expect(await cache.get('größe \r\n')).toEqual(value);
    },
  );

  it('reads, writes and deletes many', async () => {
    const { cache } = open();
    await cache.mset([
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ttl: 1000 },
    ]);
    expect(await cache.mget(['b', 'x', 'a', 'b'])).toEqual([2, undefined, 1, 2]);
    await cache.mdel(['a', 'b']);
    expect(await cache.mget(['a', 'b'])).toEqual([undefined, undefined]);
  });

  it('wraps: one load for concurrent callers, then hits', async () => {
    const { cache } = open();
    let loads = 0;
    const load = async () => ++loads;
    await Promise.all([cache.wrap('a', load), cache.wrap('a', load)]);
    expect(await cache.wrap('a', load, 5000)).toBe(1);
    expect(await cache.ttl('a')).toBeGreaterThan(Date.now());
  });

  it('has the rest of the interface', async () => {
    const { cache } = open();
    const seen: unknown[] = [];
    const listener = ({ key }: { key: string }) => seen.push(key);
    cache.on('set', listener);
    await cache.set('a', 1);
    cache.off('set', listener);
    await cache.set('b', 1);
    expect(new Set(seen)).toEqual(new Set(['a']));
    expect(cache.cacheId()).toBe(cache.cacheId());
    expect(await cache.disconnect()).toBeUndefined();
  });

  it('keeps its keys apart from those of CacheService, on the same driver', async () => {
    const { cache, service } = open();
    await cache.set('a', 'manager');
    await service.set('a', 'service');
    await service.set('m:a', 'other');
    expect([await cache.get('a'), await service.get('a')]).toEqual(['manager', 'service']);
  });

  it('does not close the driver with disconnect', async () => {
    const { cache } = open();
    await cache.set('a', 1);
    await cache.disconnect();
    await Promise.all(cache.stores.map((store) => store.disconnect()));
    expect(await cache.get('a')).toBe(1);
  });

  it('answers misses while the driver fails', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const failing = new MemoryCacheDriver();
    await failing.close();
    const { cache } = open(new FailOpenDriver(failing));
    expect(await cache.set('a', 1)).toBe(1);
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.wrap('a', () => 2)).toBe(2);
    expect(await cache.del('a')).toBe(true);
    expect(await cache.mget(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await cache.clear()).toBe(true);
    jest.restoreAllMocks();
  });

  describe('clear', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('empties this process at once and others within a second, and nothing of CacheService', async () => {
      const driver = new FailOpenDriver(new MemoryCacheDriver());
      const [here, there] = [open(driver), open(driver)];
      await here.cache.set('a', 1);
      await here.service.set('a', 1);
      expect(await there.cache.get('a')).toBe(1);
      await here.cache.clear();
      expect(await here.cache.get('a')).toBeUndefined();
      jest.advanceTimersByTime(1000);
      expect(await there.cache.get('a')).toBeUndefined();
      expect(await here.service.get('a')).toBe(1);
      await there.cache.set('a', 2);
      expect(await here.cache.get('a')).toBe(2);
    });

    it('is not undone when the server forgets the generation', async () => {
      const { cache, driver } = open();
      await cache.set('a', 1);
      await cache.clear();
      await cache.set('b', 2);
      await driver.delete('app:m:generation');
      jest.advanceTimersByTime(1000);
      expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, 2]);
    });
  });
});
