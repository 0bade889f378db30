import type { Duration } from '@eggybyte/errors';
import { runInUnitOfWork, type UnitOfWork } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CacheService } from './cache.service.js';
import { memoryCache } from './memory-cache.js';
import { MemoryCacheDriver } from './memory-driver.js';

class User {
  constructor(public name: string) {}
}

/** A transaction: what hangs on it runs at the commit. */
class Transaction implements UnitOfWork {
  readonly #actions: (() => void | Promise<void>)[] = [];
  afterCommit(action: () => void | Promise<void>): void {
    this.#actions.push(action);
  }
  async commit(): Promise<void> {
    for (const action of this.#actions) await action();
  }
}

/** Lets a test decide when a load ends. */
function gate<T>() {
  let open!: (value: T) => void;
  const passed = new Promise<T>((resolve) => (open = resolve));
  return { open, load: () => passed };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('CacheService', () => {
  it('returns what was set, undefined for a miss, and null for a null', async () => {
    const cache = memoryCache();
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.set('a', { n: 1 })).toBe(true);
    expect(await cache.get('a')).toEqual({ n: 1 });
    await cache.set('a', null);
    expect(await cache.get('a')).toBeNull();
  });

  it('copies: neither side sees later changes of the other', async () => {
    const cache = memoryCache();
    const user = { tags: ['a'] };
    await cache.set('u', user);
    user.tags.push('b');
    const read = await cache.get<typeof user>('u');
    read?.tags.push('c');
    expect(await cache.get('u')).toEqual({ tags: ['a'] });
  });

  it('restores a class that is named on both sides', async () => {
    const cache = memoryCache();
    await cache.set('u', new User('Ann'), '1m', { as: User });
    expect(await cache.get('u', { as: User })).toBeInstanceOf(User);
    await expect(cache.set('u', new User('Ann'))).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
  });

  it('reads many at once, by the keys that it was given', async () => {
    const cache = memoryCache();
    await cache.set('a', 1);
    await cache.set('größe', 2);
    expect(await cache.getMany(['a', 'größe', 'c', 'a'])).toEqual(
      new Map([
        ['a', 1],
        ['größe', 2],
      ]),
    );
    expect(await cache.getMany([])).toEqual(new Map());
  });

  it('tells whether a key is there', async () => {
    const cache = memoryCache();
    await cache.set('a', null);
    expect([await cache.exists('a'), await cache.exists('b')]).toEqual([true, false]);
  });

  it('confirms a delete whether or not there was something', async () => {
    const cache = memoryCache();
    await cache.set('a', 1);
    expect([await cache.delete('a'), await cache.delete('a')]).toEqual([true, true]);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('counts in one step, also from a number that was set', async () => {
    const cache = memoryCache();
    expect([await cache.increment('n'), await cache.increment('n', 5)]).toEqual([1, 6]);
    expect(await cache.get('n')).toBe(6);
    await cache.set('m', 41);
    expect(await cache.increment('m')).toBe(42);
    await cache.set('t', 'text');
    await expect(cache.increment('t')).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
    await expect(cache.increment('n', 0.5)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
  });

  it('keeps services apart by their prefix', async () => {
    const driver = new MemoryCacheDriver();
    const [a, b] = [new CacheService(driver, { keyPrefix: 'a:' }), new CacheService(driver, { keyPrefix: 'b:' })];
    await a.set('x', 1);
    await b.set('x', 2);
    expect(await a.get('x')).toBe(1);
  });

  it.each<Duration>([0, -1, Number.NaN, '0s', '5' as never])('refuses the ttl %p', async (ttl) => {
    await expect(memoryCache().set('a', 1, ttl)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    await expect(memoryCache().getOrSet('a', ttl, () => 1)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    expect(() => memoryCache({ defaultTtl: ttl })).toThrow('defaultTtl');
  });

  describe('time to live', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('is the given one, else the default', async () => {
      const cache = memoryCache({ defaultTtl: '2s' });
      await cache.set('a', 1, '5s');
      await cache.set('b', 1);
      jest.advanceTimersByTime(2000);
      expect([...(await cache.getMany(['a', 'b'])).keys()]).toEqual(['a']);
      jest.advanceTimersByTime(3000);
      expect(await cache.get('a')).toBeUndefined();
    });

    it('of a loaded value is up to a tenth less, so that values do not end together', async () => {
      const ttls: (number | undefined)[] = [];
      class Recording extends MemoryCacheDriver {
        override async set(_key: string, _value: Buffer, ttlMs?: number): Promise<void> {
          ttls.push(ttlMs);
        }
      }
      const cache = new CacheService(new Recording());
      for (let n = 0; n < 200; n++) await cache.getOrSet(`k${n}`, '10s', () => n);
      for (const ttl of ttls) expect(ttl).toBeGreaterThanOrEqual(9000);
      for (const ttl of ttls) expect(ttl).toBeLessThanOrEqual(10_000);
      expect(new Set(ttls).size).toBeGreaterThan(50);
    });
  });

  describe('getOrSet', () => {
    it('loads once and then answers from the cache', async () => {
      const cache = memoryCache();
      let loads = 0;
      for (let n = 0; n < 3; n++) expect(await cache.getOrSet('a', '1m', () => ++loads)).toBe(1);
    });

    it('loads once for concurrent callers, each of whom gets a value of its own', async () => {
      const cache = memoryCache();
      let loads = 0;
      const load = async () => {
        await turn();
        loads++;
        return new User('Ann');
      };
      const users = await Promise.all(Array.from({ length: 100 }, () => cache.getOrSet('a', '1m', load, { as: User })));
      expect(loads).toBe(1);
      expect(new Set(users).size).toBe(100);
      for (const user of users) expect(user).toEqual(new User('Ann'));
    });

    it('caches null and passes undefined on', async () => {
      const cache = memoryCache();
      const loads = { null: 0, undefined: 0 };
      for (let n = 0; n < 2; n++) {
        expect(await cache.getOrSet('a', '1m', () => (loads.null++, null))).toBeNull();
        expect(await cache.getOrSet('b', '1m', () => void loads.undefined++)).toBeUndefined();
      }
      expect(loads).toEqual({ null: 1, undefined: 2 });
    });

    it('hands the error of a load to everybody and does not remember it', async () => {
      const cache = memoryCache();
      const fail = async () => {
        await turn();
        throw new Error('no database');
      };
      const [a, b] = await Promise.allSettled([cache.getOrSet('a', '1m', fail), cache.getOrSet('a', '1m', fail)]);
      expect([a.status, b.status]).toEqual(['rejected', 'rejected']);
      expect(await cache.getOrSet('a', '1m', () => 1)).toBe(1);
    });

    it('rejects when what was loaded cannot be cached', async () => {
      await expect(memoryCache().getOrSet('a', '1m', () => new User('Ann'))).rejects.toMatchObject({
        code: 'EGGY_CACHE_VALUE',
      });
    });

    it('loads when what is stored cannot be read', async () => {
      const driver = new MemoryCacheDriver();
      await driver.set('a', Buffer.from('{'));
      const cache = new CacheService(driver);
      expect(await cache.get('a')).toBeUndefined();
      expect(await cache.getOrSet('a', '1m', () => 1)).toBe(1);
      expect(await cache.get('a')).toBe(1);
    });
  });

  describe('a load that is overtaken', () => {
    it.each<[string, (cache: CacheService) => Promise<unknown>]>([
      ['delete', (cache) => cache.delete('a')],
      ['evict', (cache) => cache.evict('a')],
    ])('by %s does not write what it loaded', async (_, overtake) => {
      const cache = memoryCache();
      const { open, load } = gate<string>();
      const loading = cache.getOrSet('a', '1m', load);
      await turn();
      await overtake(cache);
      open('stale');
      expect(await loading).toBe('stale');
      expect(await cache.get('a')).toBeUndefined();
      expect(await cache.getOrSet('a', '1m', () => 'fresh')).toBe('fresh');
    });

    it('does not write over what was set meanwhile', async () => {
      const cache = memoryCache();
      const { open, load } = gate<string>();
      const loading = cache.getOrSet('a', '1m', load);
      await turn();
      await cache.set('a', 'set');
      open('loaded');
      await loading;
      expect(await cache.get('a')).toBe('set');
    });

    it('while it writes is waited for, so that the delete comes last', async () => {
      class SlowWrites extends MemoryCacheDriver {
        override async set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
          await turn();
          await turn();
          await super.set(key, value, ttlMs);
        }
      }
      const cache = new CacheService(new SlowWrites());
      const loading = cache.getOrSet('a', '1m', () => 'stale');
      await turn();
      await cache.delete('a');
      await loading;
      expect(await cache.get('a')).toBeUndefined();
    });

    it('is not joined by those who come after the eviction', async () => {
      const cache = memoryCache();
      const { open, load } = gate<string>();
      const before = cache.getOrSet('a', '1m', load);
      await turn();
      await cache.evict('a');
      const after = cache.getOrSet('a', '1m', () => 'fresh');
      expect(await after).toBe('fresh');
      open('stale');
      expect(await before).toBe('stale');
      expect(await cache.get('a')).toBe('fresh');
    });
  });

  describe('in a transaction', () => {
    it('evicts after the commit', async () => {
      const cache = memoryCache();
      await cache.set('a', 1);
      const transaction = new Transaction();
      await runInUnitOfWork(transaction, () => cache.evict('a', 'b'));
      expect(await cache.get('a')).toBe(1);
      await transaction.commit();
      expect(await cache.get('a')).toBeUndefined();
    });

    it('forgets evictions that are rolled back', async () => {
      const cache = memoryCache();
      await cache.set('a', 1);
      await runInUnitOfWork(new Transaction(), () => cache.evict('a'));
      expect(await cache.get('a')).toBe(1);
    });

    it('loads what it has evicted, and others still read the cache', async () => {
      const cache = memoryCache();
      await cache.set('a', 'old');
      const transaction = new Transaction();
      await runInUnitOfWork(transaction, async () => {
        await cache.evict('a');
        expect(await cache.getOrSet('a', '1m', () => 'mine')).toBe('mine');
      });
      expect(await cache.getOrSet('a', '1m', () => 'never')).toBe('old');
    });

    it('stores nothing that it loaded, as it may never be committed', async () => {
      const cache = memoryCache();
      await runInUnitOfWork(new Transaction(), async () => {
        expect(await cache.getOrSet('a', '1m', () => 'uncommitted')).toBe('uncommitted');
      });
      expect(await cache.get('a')).toBeUndefined();
      await cache.set('a', 'committed');
      const read = () => cache.getOrSet('a', '1m', () => 'never');
      expect(await runInUnitOfWork(new Transaction(), read)).toBe('committed');
    });

    it('stops at the commit a load that began before it', async () => {
      const cache = memoryCache();
      const { open, load } = gate<string>();
      const transaction = new Transaction();
      await runInUnitOfWork(transaction, () => cache.evict('a'));
      const loading = cache.getOrSet('a', '1m', load);
      await turn();
      await transaction.commit();
      open('stale');
      await loading;
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it('leaves no former value where a new one is too large', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const cache = memoryCache();
    await cache.set('a', 'former');
    expect(await cache.set('a', 'x'.repeat(2_000_000))).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
    jest.restoreAllMocks();
  });

  it('adds only where nothing is, in one step', async () => {
    const cache = memoryCache();
    const added = await Promise.all(Array.from({ length: 20 }, (_, n) => cache.add('lock', n, '1m')));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await cache.get('lock')).toBe(added.indexOf(true));
    await cache.delete('lock');
    expect(await cache.add('lock', 'again')).toBe(true);
  });

  it('sets and deletes many together', async () => {
    const cache = memoryCache();
    expect(await cache.setMany(new Map([['a', 1], ['b', 2]]), '1m')).toBe(true); // prettier-ignore
    expect(await cache.setMany([['c', new User('Ann')]], '1m', { as: User })).toBe(true);
    expect(await cache.getMany(['a', 'b', 'x'])).toEqual(new Map([['a', 1], ['b', 2]])); // prettier-ignore
    expect(await cache.deleteMany(['a', 'b', 'x'])).toBe(true);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
    await expect(cache.setMany([['d', Symbol('x')]])).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
  });

  it('prolongs what is there and nothing else', async () => {
    const cache = memoryCache();
    await cache.set('a', 1, '10s');
    expect([await cache.touch('a', '1m'), await cache.touch('b', '1m')]).toEqual([true, false]);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 20_000);
    expect(await cache.get('a')).toBe(1);
    jest.restoreAllMocks();
    await expect(cache.touch('a', 0)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
  });

  it('counts down to 0 and no further', async () => {
    const cache = memoryCache();
    await cache.increment('seats', 3);
    expect([await cache.decrement('seats', 2), await cache.decrement('seats', 2)]).toEqual([1, 0]);
    expect(await cache.get('seats')).toBe(0);
    expect(await cache.decrement('none')).toBe(0);
    expect(await cache.exists('none')).toBe(false);
  });
});
