import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { startMemcached, type TestMemcached } from '../../support/memcached.js';
import { openCache, type TestCache } from './open-cache.js';

// What each driver keeps of any key and any value is in driver-contract.int-spec.ts; here it is what the server is told.

const LIMIT = 1_000_000;

/** Keys up to four times of what memcached takes, of what its protocol is made of. */
const key = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      '\r\n',
      '\r\nset witness 0 0 1\r\nx\r\n',
      '\r\nflush_all\r\n',
      '\r\ndelete witness\r\n',
      ' 0 0 1',
      ' ',
      '\u0000',
      '\ud800',
      'k'.repeat(120),
    ),
  ),
  maxLength: 60,
});
/** From nothing to twice of what is taken, most of them near the limit. */
const length = fc.oneof(
  fc.nat({ max: 100 }),
  fc.integer({ min: LIMIT - 3, max: LIMIT + 3 }),
  fc.nat({ max: 2 * LIMIT }),
);
const filler = fc.constantFrom(0, 0x0a, 0x20, 0x78, 0xff);
const value = fc.tuple(length, filler).map(([size, byte]) => Buffer.alloc(size, byte));

async function statistic(server: TestMemcached, name: string): Promise<number> {
  return Number(new RegExp(`^STAT ${name} (\\d+)\\r$`, 'm').exec(await server.ask('stats\r\n'))?.[1]);
}

describe('memcached, given hostile keys and values beyond its limit', () => {
  let server: TestMemcached;
  let open: TestCache;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startMemcached();
    open = await openCache([server.address], { timeout: '5s' });
  });
  afterAll(async () => {
    await open.driver.close();
    await server.stop();
  });

  it('stores what fits under the very key, refuses the rest, and runs no command of theirs', async () => {
    const { cache } = open;
    await cache.set('witness', 'here');
    const setsBefore = await statistic(server, 'cmd_set');
    let sets = 0;
    const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const own = all.filter(([name]) => name !== 'witness');
        const stored = await Promise.all(own.map(([name, bytes]) => cache.set(name, bytes)));
        sets += stored.filter(Boolean).length;
        // A byte in front of the bytes of a Buffer tells that they are one.
        for (const [at, [, bytes]] of own.entries()) {
          if (bytes.length < LIMIT - 3) expect(stored[at]).toBe(true);
          if (bytes.length > LIMIT) expect(stored[at]).toBe(false);
        }
        for (const [at, [name, bytes]] of own.entries()) {
          const read = await cache.get<Buffer>(name);
          expect(stored[at] ? read?.equals(bytes) : read).toBe(stored[at] ? true : undefined);
        }
        expect(await cache.get('witness')).toBe('here');
        expect(await cache.deleteMany(own.map(([name]) => name))).toBe(true);
        expect((await cache.getMany(own.map(([name]) => name))).size).toBe(0);
      }),
      { numRuns: 100 },
    );
    expect(sets).toBeGreaterThan(20);
    expect(await statistic(server, 'cmd_set')).toBe(setsBefore + sets);
    expect(await statistic(server, 'cmd_flush')).toBe(0);
    expect(await statistic(server, 'curr_items')).toBe(1);
  });

  it('has loads that are too large answered, and counts under any name', async () => {
    await fc.assert(
      fc.asyncProperty(key, fc.integer({ min: LIMIT + 1, max: 2 * LIMIT }), async (name, size) => {
        const large = 'x'.repeat(size);
        expect(await open.cache.getOrSet(name, '1m', () => large)).toBe(large);
        expect(await open.cache.get(name)).toBeUndefined();
        expect(await open.cache.increment(name)).toBe(1);
        expect(await open.cache.increment(name)).toBe(2);
        expect(await open.cache.delete(name)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
