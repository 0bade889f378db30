import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type CacheDriver, CacheService } from '@eggybyte/cache';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { waitUntil } from '../../support/wait-until.js';
import { type DriverUnderTest, drivers } from './drivers.js';

const DAY = 86_400_000;
const MEGABYTE = 1_000_000;

const hostileBytes: [string, Buffer][] = [
  '',
  '\n',
  '\r\n',
  'END',
  'END\r\n',
  '\r\nEND\r\n',
  'OK',
  'STORED',
  'ERROR',
  'CLIENT_ERROR x',
  'SERVER_ERROR out of memory',
  'NOT_FOUND',
  'VALUE victim 0 6\r\nHACKED\r\nEND\r\n',
  'VALUE ADDED TAX',
  '0',
  'flush_all\r\n',
  'größe 🥚',
].map((text) => [JSON.stringify(text), Buffer.from(text)]);
hostileBytes.push(
  ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['zeros', Buffer.alloc(1000)],
  ['0xff', Buffer.alloc(1000, 0xff)],
  ['a megabyte', Buffer.alloc(MEGABYTE, 0xfe)],
);

const hostileKeys = [
  '',
  ' ',
  'a b',
  'a\r\nflush_all\r\n',
  'a 0 0 1\r\nx\r\nset b 0 0 1\r\ny',
  'x\n',
  '\u0000',
  '\u007f',
  '\ud800',
  '\ud801',
  'größe',
  'k'.repeat(199),
  'k'.repeat(200),
  'k'.repeat(250),
  'k'.repeat(251),
  'k'.repeat(100_000),
  '__proto__',
  'constructor',
  'toString',
  'h:',
  'm:x',
];

describe.each(drivers)('%s', (_, open) => {
  let under: DriverUnderTest;
  let driver: CacheDriver;
  let count = 0;
  const freshKey = () => `k${count++}`;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    under = await open();
    driver = under.driver;
  });
  afterAll(() => under.stop());

  describe('values', () => {
    it.each(hostileBytes)('come back as they went in: %s', async (_name, value) => {
      const key = freshKey();
      await driver.set(key, value, 60_000);
      expect((await driver.get(key))?.equals(value)).toBe(true);
      expect((await driver.getMulti([key])).get(key)?.equals(value)).toBe(true);
    });

    it('come back to the one who asked for them, all of them at once', async () => {
      const keys = await Promise.all(
        hostileBytes.map(async ([, value]) => {
          const key = freshKey();
          await driver.set(key, value, 60_000);
          return key;
        }),
      );
      const single = await Promise.all(keys.map((key) => driver.get(key)));
      const multi = await driver.getMulti([...keys, 'missing', ...keys]);
      expect(multi.size).toBe(keys.length);
      for (const [index, [, value]] of hostileBytes.entries()) {
        expect(single[index]?.equals(value)).toBe(true);
        expect(multi.get(keys[index] as string)?.equals(value)).toBe(true);
      }
    });

    it('share no memory with what was set or read', async () => {
      const value = Buffer.from('abc');
      await driver.set('shared', value);
      value.fill(0);
      (await driver.get('shared'))?.fill(0);
      (await driver.getMulti(['shared'])).get('shared')?.fill(0);
      expect(await driver.get('shared')).toEqual(Buffer.from('abc'));
    });

    it('that are too large are a typed error, and the next operation works', async () => {
      const key = freshKey();
      await driver.set(key, Buffer.from('old'));
      await expect(driver.set(key, Buffer.alloc(MEGABYTE + 1))).rejects.toMatchObject({ code: 'EGGY_CACHE_TOO_LARGE' });
      expect(await driver.get(key)).toEqual(Buffer.from('old'));
    });

    it('replace each other, are missed when they are not there, and go with delete', async () => {
      const key = freshKey();
      expect(await driver.get(key)).toBeUndefined();
      await driver.set(key, Buffer.from('1'));
      await driver.set(key, Buffer.from('2'));
      expect(await driver.get(key)).toEqual(Buffer.from('2'));
      expect([await driver.delete(key), await driver.delete(key)]).toEqual([true, false]);
      expect(await driver.get(key)).toBeUndefined();
    });
  });

  describe('values under a condition', () => {
    it.each(hostileBytes)('are added where there is nothing, by one of many: %s', async (_name, value) => {
      const key = freshKey();
      const added = await Promise.all(Array.from({ length: 5 }, () => driver.add(key, value, 60_000)));
      expect(added.filter(Boolean)).toHaveLength(1);
      expect((await driver.get(key))?.equals(value)).toBe(true);
      await driver.delete(key);
      expect(await driver.add(key, Buffer.from('again'))).toBe(true);
    });

    it.each(hostileBytes)('replace exactly what they are to replace: %s', async (_name, value) => {
      const key = freshKey();
      const next = Buffer.from('next');
      expect(await driver.replace(key, value, next, 60_000)).toBe(false);
      await driver.set(key, value, 60_000);
      expect(await driver.replace(key, Buffer.concat([value, value, next]), next, 60_000)).toBe(false);
      const replaced = await Promise.all(Array.from({ length: 5 }, () => driver.replace(key, value, next, 60_000)));
      expect(replaced.filter(Boolean)).toHaveLength(1);
      expect(await driver.get(key)).toEqual(next);
    });

    it('that are too large are a typed error', async () => {
      const key = freshKey();
      const large = Buffer.alloc(MEGABYTE + 1);
      const refused = expect.objectContaining({ code: 'EGGY_CACHE_TOO_LARGE' });
      await expect(driver.add(key, large)).rejects.toEqual(refused);
      await driver.set(key, Buffer.from('old'));
      await expect(driver.replace(key, Buffer.from('old'), large)).rejects.toEqual(refused);
      expect(await driver.get(key)).toEqual(Buffer.from('old'));
    });
  });

  it.each(['', 'a b', 'a\r\nflush_all\r\n', 'ä', '\u007f', 'a\n', 'x'.repeat(250), 7 as never, undefined as never])(
    'refuses the key %j in every operation and sends nothing',
    async (key) => {
      await driver.set('witness', Buffer.from('here'));
      const refused = expect.objectContaining({ code: 'EGGY_ARGUMENT' });
      await expect(driver.get(key)).rejects.toEqual(refused);
      await expect(driver.getMulti(['witness', key])).rejects.toEqual(refused);
      await expect(driver.set(key, Buffer.from('x'))).rejects.toEqual(refused);
      await expect(driver.delete(key)).rejects.toEqual(refused);
      await expect(driver.increment(key, 1)).rejects.toEqual(refused);
      await expect(driver.decrement(key, 1)).rejects.toEqual(refused);
      await expect(driver.add(key, Buffer.from('x'))).rejects.toEqual(refused);
      await expect(driver.replace(key, Buffer.from('x'), Buffer.from('y'))).rejects.toEqual(refused);
      await expect(driver.touch(key, 1000)).rejects.toEqual(refused);
      expect(await driver.get('witness')).toEqual(Buffer.from('here'));
    },
  );

  it('finds keys that every object has, and misses them when they are not there', async () => {
    for (const key of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect(await driver.get(key)).toBeUndefined();
      await driver.set(key, Buffer.from(key));
      expect(await driver.get(key)).toEqual(Buffer.from(key));
      expect((await driver.getMulti([key])).get(key)).toEqual(Buffer.from(key));
    }
  });

  it('reads thousands of keys at once', async () => {
    const many = Array.from({ length: 5000 }, (_item, index) => `${'k'.repeat(180)}${index}`);
    for (let at = 0; at < many.length; at += 500) {
      await Promise.all(many.slice(at, at + 500).map((key) => driver.set(key, Buffer.from(key))));
    }
    const found = await driver.getMulti(many);
    expect(many.filter((key) => found.get(key)?.toString() !== key)).toEqual([]);
  });

  it('reads no keys as nothing', async () => {
    expect(await driver.getMulti([])).toEqual(new Map());
  });

  describe('time to live', () => {
    it.each([5000, 30 * DAY, 30 * DAY + 1, 31 * DAY, 50 * 365 * DAY])('of %d ms has only begun', async (ttl) => {
      const key = freshKey();
      await driver.set(key, Buffer.from('x'), ttl);
      expect(await driver.get(key)).toEqual(Buffer.from('x'));
    });

    it.each([0, -1, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1\r\nflush_all' as never])(
      'of %p is refused and sends nothing',
      async (ttl) => {
        await driver.set('witness', Buffer.from('here'));
        const refused = expect.objectContaining({ code: 'EGGY_ARGUMENT' });
        await expect(driver.set('t', Buffer.from('flush_all'), ttl)).rejects.toEqual(refused);
        await expect(driver.increment('t', 1, ttl)).rejects.toEqual(refused);
        await expect(driver.add('t', Buffer.from('flush_all'), ttl)).rejects.toEqual(refused);
        await expect(driver.touch('witness', ttl)).rejects.toEqual(refused);
        expect(await driver.get('witness')).toEqual(Buffer.from('here'));
      },
    );

    it('ends: short values, counters; those without one stay', async () => {
      await driver.set('short', Buffer.from('x'), 300);
      await driver.set('long', Buffer.from('x'), 60_000);
      await driver.set('ever', Buffer.from('x'));
      await driver.increment('counter', 5, 300);
      await driver.set('prolonged', Buffer.from('x'), 300);
      await driver.set('shortened', Buffer.from('x'), 60_000);
      expect([await driver.touch('prolonged', 60_000), await driver.touch('shortened', 300)]).toEqual([true, true]);
      expect(await driver.touch('never', 60_000)).toBe(false);
      await waitUntil(async () => (await driver.getMulti(['short', 'counter', 'shortened'])).size === 0, {
        timeout: 3000,
        what: 'the end of 300 ms',
      });
      expect((await driver.getMulti(['long', 'ever', 'prolonged'])).size).toBe(3);
      expect(await driver.increment('counter', 1)).toBe(1);
    });
  });

  describe('counters', () => {
    it('add up in one step, whoever counts at the same time', async () => {
      const key = freshKey();
      const sums = await Promise.all(Array.from({ length: 200 }, () => driver.increment(key, 2)));
      expect(new Set(sums).size).toBe(200);
      expect(await driver.increment(key, 1)).toBe(401);
      expect(await driver.get(key)).toEqual(Buffer.from('401'));
    });

    it('go on from digits that were set', async () => {
      const key = freshKey();
      await driver.set(key, Buffer.from('41'));
      expect(await driver.increment(key, 1)).toBe(42);
    });

    it.each(['x', '{"a":1}', '-1'])('refuse to go on from %j, and the next operation works', async (text) => {
      const key = freshKey();
      await driver.set(key, Buffer.from(text));
      await expect(driver.increment(key, 1)).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
      expect(await driver.get(key)).toEqual(Buffer.from(text));
    });

    it('end where numbers are no longer exact', async () => {
      const key = freshKey();
      await driver.increment(key, Number.MAX_SAFE_INTEGER - 1);
      expect(await driver.increment(key, 1)).toBe(Number.MAX_SAFE_INTEGER);
      await expect(driver.increment(key, 1)).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
    });

    it('go down to 0, whoever counts at the same time, and never below', async () => {
      const key = freshKey();
      await driver.increment(key, 100, 60_000);
      const left = await Promise.all(Array.from({ length: 40 }, () => driver.decrement(key, 3)));
      expect(left.filter((each) => each > 0)).toHaveLength(33);
      expect(Math.min(...left)).toBe(0);
      expect(await driver.increment(key, 10)).toBe(10);
      expect(await driver.decrement(key, 3)).toBe(7);
      expect(Number((await driver.get(key))?.toString())).toBe(7);
    });

    it('that are missing stay missing when they go down', async () => {
      const key = freshKey();
      expect(await driver.decrement(key, 5)).toBe(0);
      expect(await driver.get(key)).toBeUndefined();
    });

    it.each(['x', '-1'])('refuse to go down from %j', async (text) => {
      const key = freshKey();
      await driver.set(key, Buffer.from(text));
      await expect(driver.decrement(key, 1)).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
    });

    it.each([0, -1, 0.5, Number.NaN, 2 ** 53, '1\r\nflush_all' as never])('refuse the step %p', async (by) => {
      await expect(driver.decrement('n', by)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
      await expect(driver.increment('n', by)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    });
  });

  it('is healthy, by server', async () => {
    const health = await driver.health();
    expect(health.length).toBe(Math.max(1, driver.endpoints.length));
    expect(health.every(({ up }) => up)).toBe(true);
  });

  describe('under CacheService', () => {
    it('keeps any keys apart', async () => {
      const cache = new CacheService(driver, { keyPrefix: 'hostile:' });
      await Promise.all(hostileKeys.map((key, index) => cache.set(key, index)));
      expect(await Promise.all(hostileKeys.map((key) => cache.get(key)))).toEqual([...hostileKeys.keys()]);
      expect([...(await cache.getMany(hostileKeys))]).toEqual(
        expect.arrayContaining([...hostileKeys.entries()].map(([index, key]) => [key, index])),
      );
      for (const key of hostileKeys) expect(await cache.delete(key)).toBe(true);
      expect((await cache.getMany(hostileKeys)).size).toBe(0);
    });

    it('round-trips any key and any value, and no key touches another', async () => {
      const cache = new CacheService(driver, { keyPrefix: 'any:' });
      await cache.set('witness', 'here');
      const unit = fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\r\n', ' ', '\ud800', 'flush_all', 'VALUE any:witness 0 1', '"', '$date'),
      );
      const text = fc.string({ unit, maxLength: 40 });
      const value = fc.oneof(
        text,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as unknown),
      );
      const entry = fc.tuple(text, value);
      const entries = fc.uniqueArray(entry, { selector: ([key]) => key, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(entries, async (all) => {
          const own = all.filter(([key]) => key !== 'witness');
          await Promise.all(own.map(([key, any]) => cache.set(key, any)));
          const read = await Promise.all(own.map(([key]) => cache.get(key)));
          expect(read).toEqual(own.map(([, any]) => any));
          expect(await cache.getMany(own.map(([key]) => key))).toEqual(new Map(own));
          expect(await cache.get('witness')).toBe('here');
        }),
        { numRuns: 150 },
      );
    });

    it('forgets a short value within two seconds and keeps a long one', async () => {
      const cache = new CacheService(driver, { keyPrefix: 'ttl:' });
      await cache.set('short', 1, '300ms');
      await cache.getOrSet('long', '31d', () => 2);
      await sleep(1500);
      await waitUntil(async () => !(await cache.exists('short')), { timeout: 1500, what: 'the end of 300 ms' });
      expect(await cache.get('long')).toBe(2);
    });
  });

  it('rejects after its close, at once and every time', async () => {
    const other = await open();
    await other.driver.close();
    const { driver: closedDriver } = other;
    const calls: (() => Promise<unknown>)[] = [
      () => closedDriver.get('a'),
      () => closedDriver.getMulti(['a']),
      () => closedDriver.set('a', Buffer.from('x')),
      () => closedDriver.delete('a'),
      () => closedDriver.increment('a', 1),
      () => closedDriver.decrement('a', 1),
      () => closedDriver.add('a', Buffer.from('x')),
      () => closedDriver.replace('a', Buffer.from('x'), Buffer.from('y')),
      () => closedDriver.touch('a', 1000),
    ];
    const closed = expect.objectContaining({ code: 'EGGY_CACHE_UNAVAILABLE', reason: 'closed' });
    for (const call of [...calls, ...calls]) {
      // Whatever asks a server needs a turn of the event loop.
      await expect(Promise.race([call(), nextTurn('not at once')])).rejects.toEqual(closed);
    }
    expect((await closedDriver.health()).every(({ up }) => !up)).toBe(true);
    await other.stop();
  });
});
