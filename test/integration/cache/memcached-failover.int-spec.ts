import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TestMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';
import { openCache } from './open-cache.js';
import { startServers } from './open-memcached.js';
import { VersionedLoad } from './versioned-load.js';

const all = Array.from({ length: 90 }, (_, index) => `key:${index}`);

interface Outage {
  begin(server: TestMemcached): void | Promise<void>;
  end(server: TestMemcached): void | Promise<void>;
}

const killed: Outage = { begin: (server) => server.kill(), end: (server) => server.restart() };
/** All that it has stored is still there when it is back. */
const frozen: Outage = {
  begin: async (server) => {
    server.pause();
    // It goes on for a moment.
    await sleep(50);
  },
  end: (server) => server.resume(),
};
const outages: [string, Outage][] = [
  ['is killed', killed],
  ['is frozen', frozen],
];

/** Three servers, and the keys of the second one, which will be lost. */
async function open() {
  const stack = new AsyncDisposableStack();
  const servers = stack.use(await startServers(3));
  const [first, lost, third] = servers as [TestMemcached, TestMemcached, TestMemcached] & typeof servers;
  const { cache, driver } = stack.use(
    await openCache(
      servers.map(({ address }) => address),
      { connectTimeout: '300ms' },
    ),
  );
  const keys = all.filter((key) => driver.serverOf(key) === lost.address);
  const [key = ''] = keys;
  return {
    lost,
    others: [first, third],
    cache,
    driver,
    keys,
    /** Loses the server, and waits until its keys have gone to the others. */
    lose: async (outage: Outage) => {
      await outage.begin(lost);
      await waitUntil(
        async () => {
          // It is by its operations that a frozen server is noticed.
          await cache.get(key);
          return driver.serverOf(key) !== lost.address;
        },
        { what: 'its ejection' },
      );
    },
    regain: async (outage: Outage) => {
      await outage.end(lost);
      await waitUntil(() => driver.isUp(lost.address), { what: 'its return' });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(outages)('CacheService, when one of three servers %s', (_, outage) => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('stores its keys on the others for at most ten seconds, once it was tried again in vain', async () => {
    await using world = await open();
    const { cache, driver, keys, lost, others } = world;
    await cache.setMany(all.map((key) => [key, 'old'] as const));
    await world.lose(outage);
    expect(driver.endpoints.map((server) => driver.isUp(server))).toEqual([true, false, true]);
    expect((await cache.getMany(all)).size).toBe(all.length - keys.length);

    expect(
      await cache.setMany(
        keys.map((key) => [key, `new ${key}`] as const),
        '1h',
      ),
    ).toBe(true);
    for (const key of keys) expect(await cache.get(key)).toBe(`new ${key}`);
    expect((await cache.getMany(all)).size).toBe(all.length);
    for (const key of keys) {
      const server = others.find(({ address }) => address === driver.serverOf(key));
      const [, seconds] = /^HD t(\d+)\r\n$/.exec((await server?.ask(`mg ${key} t\r\n`)) ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(Number(seconds)).toBeLessThanOrEqual(10);
    }
    expect(await cache.getOrSet('loaded', '1h', () => 1)).toBe(1);
    expect(await cache.getOrSet('loaded', '1h', () => 2)).toBe(1);

    await world.regain(outage);
    expect(driver.endpoints.map((server) => driver.isUp(server))).toEqual([true, true, true]);
    expect(new Set(keys.map((key) => driver.serverOf(key)))).toEqual(new Set([lost.address]));
    expect(await cache.setMany(keys.map((key) => [key, 'home'] as const))).toBe(true);
    expect([...(await cache.getMany(keys)).values()]).toEqual(keys.map(() => 'home'));
  });

  it('never gives the value from before of a key that was set or deleted meanwhile', async () => {
    await using world = await open();
    const { cache, keys } = world;
    await cache.setMany(keys.map((key) => [key, 'old'] as const));
    await outage.begin(world.lost);
    // Sent and not answered, or not even sent: nobody knows what they do.
    const early = keys.slice(0, 2);
    expect(await Promise.all(early.map((key) => cache.set(key, 'early')))).toEqual([false, false]);
    await world.lose({ ...outage, begin: () => undefined });
    const [a = '', b = '', c = '', d = '', kept = ''] = keys.slice(2);
    expect(await cache.set(a, 'new')).toBe(true);
    expect(await cache.set(b, 'new')).toBe(true);
    expect(await cache.delete(b)).toBe(false);
    expect(await cache.delete(c)).toBe(false);
    await expect(cache.delete(c, { required: true })).rejects.toMatchObject({ code: 'EGGY_CACHE_UNAVAILABLE' });
    expect(await cache.getOrSet(d, '1m', () => 'new')).toBe('new');
    expect(await Promise.all([a, b, c, d].map((key) => cache.get(key)))).toEqual(['new', undefined, undefined, 'new']);
    expect(await cache.delete(d)).toBe(false);

    const changed = [...early, a, b, c, d];
    const read = new Set<unknown>();
    const back = new AbortController();
    const reading = (async () => {
      while (!back.signal.aborted) {
        for (const value of await Promise.all(changed.map((key) => cache.get(key)))) read.add(value);
        for (const value of (await cache.getMany(changed)).values()) read.add(value);
        await sleep(1);
      }
    })();
    await world.regain(outage);
    await sleep(50);
    back.abort();
    await reading;
    expect([...read].filter((value) => value === 'old' || value === 'early')).toEqual([]);
    expect(await Promise.all(changed.map((key) => cache.get(key)))).toEqual(changed.map(() => undefined));
    if (outage === frozen) expect(await cache.get(kept)).toBe('old');
  });

  it('does not find what was written on another server again in the next outage, once it has changed at home', async () => {
    await using world = await open();
    const { cache, keys } = world;
    const [set = '', deleted = '', loaded = '', counted = ''] = keys;
    await world.lose(outage);
    for (const key of [set, deleted, loaded]) expect(await cache.set(key, 'in its place')).toBe(true);
    await world.regain(outage);
    expect(await cache.set(set, 'home')).toBe(true);
    expect(await cache.delete(deleted)).toBe(true);
    expect(await cache.getOrSet(loaded, '1m', () => 'home')).toBe('home');
    await world.lose(outage);
    for (const key of [set, deleted, loaded, counted]) expect(await cache.get(key)).toBeUndefined();
  });

  it('counts nothing meanwhile, and nothing twice', async () => {
    await using world = await open();
    const { cache, keys, lost, others } = world;
    const [counter = ''] = keys;
    for (const sum of [1, 2, 3]) expect(await cache.increment(counter)).toBe(sum);
    await outage.begin(lost);
    const sent = 3;
    expect(await Promise.all(Array.from({ length: sent }, () => cache.increment(counter)))).toEqual(
      Array.from({ length: sent }, () => undefined),
    );
    await world.lose({ ...outage, begin: () => undefined });
    for (let turn = 0; turn < 5; turn++) {
      expect(await cache.increment(counter)).toBeUndefined();
      expect(await cache.decrement(counter)).toBeUndefined();
    }
    for (const server of others) expect(await server.ask(`get ${counter}\r\n`)).toBe('END\r\n');
    await world.regain(outage);
    const sum = (await cache.increment(counter)) ?? 0;
    const before = outage === frozen ? 3 : 0;
    // A frozen server does what it was sent when it goes on, each once.
    expect(sum).toBeGreaterThan(before);
    expect(sum).toBeLessThanOrEqual(before + 1 + (outage === frozen ? sent : 0));
    expect(await cache.increment(counter)).toBe(sum + 1);
  });

  it('gives nobody anything but what was written last, again and again', async () => {
    await using world = await open();
    using load = new VersionedLoad(world.cache);
    const serves = async () => {
      const { found } = load.tally;
      await waitUntil(() => load.tally.found > found + 200, { what: 'values of the cache' });
    };
    for (let round = 0; round < 2; round++) {
      await serves();
      await world.lose(outage);
      await serves();
      await world.regain(outage);
      await serves();
    }
    const { old, rejected } = await load.stop();
    expect({ old, rejected }).toEqual({ old: [], rejected: [] });
  });
});
