import { setTimeout as sleep } from 'node:timers/promises';
import { Cacheable, EggyCacheModule } from '@eggybyte/cache';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { keyPrefix, sharedMemcached } from '../../support/cache-server.js';
import { startMemcached } from '../../support/memcached.js';
import { openCache, type TestCache } from './open-cache.js';

const CALLERS = 500;

@Injectable()
class Products {
  loads = 0;

  @Cacheable({ key: (id: number) => `product:${id}`, ttl: '5m' })
  async byId(id: number): Promise<{ id: number; readers: number }> {
    this.loads++;
    await sleep(20);
    return { id, readers: 0 };
  }
}

function callers<T>(call: () => Promise<T>, count = CALLERS): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, call));
}

describe('a stampede of 500 callers', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('to one missing key loads once, and everybody has a value of his own', async () => {
    await using open = await openCache([sharedMemcached()]);
    const key = keyPrefix('stampede');
    let loads = 0;
    const load = async () => {
      loads++;
      await sleep(20);
      return { readers: 0 };
    };
    const values = await callers(() => open.cache.getOrSet(key, '1m', load));
    expect(loads).toBe(1);
    for (const value of values) expect(++value.readers).toBe(1);
    expect(await callers(() => open.cache.getOrSet(key, '1m', load))).toEqual(values.map(() => ({ readers: 0 })));
    expect(loads).toBe(1);
  });

  it('to a method of @Cacheable runs it once for each key', async () => {
    const options = { servers: [sharedMemcached()], keyPrefix: keyPrefix('stampede') };
    const module = await Test.createTestingModule({
      imports: [EggyCacheModule.forRoot(options)],
      providers: [Products],
    }).compile();
    try {
      const products = module.get(Products);
      const [first, second] = await Promise.all([callers(() => products.byId(1)), callers(() => products.byId(2))]);
      expect(products.loads).toBe(2);
      for (const [id, values] of [[1, first] as const, [2, second] as const]) {
        for (const value of values) expect([value.id, ++value.readers]).toEqual([id, 1]);
      }
      await callers(() => products.byId(1));
      expect(products.loads).toBe(2);
    } finally {
      await module.close();
    }
  });

  it('loads once also while memcached is frozen, and each of them gets what was loaded', async () => {
    await using server = await startMemcached();
    await using open = await openCache([server.address]);
    await open.cache.set('warm', 1);
    server.pause();
    let loads = 0;
    const values = await callers(() => open.cache.getOrSet('key', '1m', async () => ({ load: ++loads })));
    expect(loads).toBe(1);
    expect(values).toEqual(values.map(() => ({ load: 1 })));
  });

  it('in several processes loads once where it asks for a lease', async () => {
    const servers = [sharedMemcached()];
    await using caches = new AsyncDisposableStack();
    const open: TestCache[] = [];
    for (let process = 0; process < 5; process++) open.push(caches.use(await openCache(servers, { timeout: '5s' })));
    const key = keyPrefix('lease');
    let loads = 0;
    const load = async () => {
      await sleep(50);
      return ++loads;
    };
    const options = { lease: '20s' } as const;
    const values = await Promise.all(
      open.map(({ cache }) => callers(() => cache.getOrSet(key, '1m', load, options), CALLERS / open.length)),
    );
    expect(loads).toBe(1);
    expect(new Set(values.flat())).toEqual(new Set([1]));
  });
});
