import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { startMemcached, type TestMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';
import { KeyedLoad, keyedValue } from './keyed-load.js';
import { openCache } from './open-cache.js';
import { timed } from './open-memcached.js';

/** Far beyond the deadline of 250 ms, and far below for ever: machines stand still at times. */
const BOUNDED_MS = 10_000;
/** Longer than the deadline, so that it passes while the fault is there. */
const FAULT_MS = 350;
const keys = Array.from({ length: 50 }, (_, index) => `key:${index}`);

interface Fault {
  begin(server: TestMemcached, proxy: FaultProxy): void | Promise<void>;
  end(server: TestMemcached, proxy: FaultProxy): void | Promise<void>;
}

const heal = (_server: TestMemcached, proxy: FaultProxy) => proxy.heal();
const faults: [string, Fault][] = [
  ['is killed', { begin: (server) => server.kill(), end: (server) => server.restart() }],
  ['is frozen', { begin: (server) => server.pause(), end: (server) => server.resume() }],
  ['loses its connections', { begin: (_, proxy) => proxy.reset(), end: heal }],
  ['is cut off', { begin: (_, proxy) => proxy.cut(), end: heal }],
  ['answers garbage', { begin: (_, proxy) => proxy.garbage('\u0000\u0001STORED\n'), end: heal }],
  ['answers what others asked for', { begin: (_, proxy) => proxy.garbage('END\r\nSTORED\r\n'), end: heal }],
  ['dribbles', { begin: (_, proxy) => proxy.byteByByte(), end: heal }],
  ['ends its connection in mid-reply', { begin: (_, proxy) => proxy.truncate(5000), end: heal }],
];

/** Takes all connections that the server has left. */
async function occupy({ host, port }: TestMemcached): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (;;) {
    const socket = connect({ host, port });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('version\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.toString().startsWith('ERROR Too many open connections')) return sockets;
    sockets.push(socket);
  }
}

describe('CacheService, when memcached', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it.each(faults)('%s again and again under load, gives nobody a wrong value and fails nobody', async (_, fault) => {
    await using server = await startMemcached();
    await using proxy = await startFaultProxy({ target: server });
    await using open = await openCache([proxy.address]);
    using load = new KeyedLoad(open.cache);
    const { tally } = load;
    const serves = async () => {
      const { found } = tally;
      await waitUntil(() => tally.found > found + 50, { what: 'values of the cache' });
    };
    await serves();
    for (let round = 0; round < 3; round++) {
      await fault.begin(server, proxy);
      const { operations } = tally;
      await sleep(FAULT_MS);
      await waitUntil(() => tally.operations > operations + 50, { what: 'operations that settle' });
      await fault.end(server, proxy);
      await open.driver.whenUp();
      await serves();
    }
    const { wrong, rejected, longestMs } = await load.stop();
    expect({ wrong, rejected }).toEqual({ wrong: [], rejected: [] });
    expect(longestMs).toBeLessThan(BOUNDED_MS);
  });

  it.each(['in order', 'by a reset'])(
    'is cut off in the middle of a large value %s, gives its rest to no other key',
    async (how) => {
      await using server = await startMemcached();
      await using proxy = await startFaultProxy({ target: server });
      await using open = await openCache([proxy.address], { timeout: '5s' });
      const large = keyedValue('large', 900_000);
      await open.cache.set('large', large);
      for (let round = 0; round < 3; round++) {
        if (how === 'in order') proxy.truncate(300_000);
        else proxy.byteByByte();
        const read = open.cache.get('large');
        const behind = Promise.all(keys.map((key) => open.cache.get(key)));
        if (how === 'by a reset') {
          await sleep(150);
          proxy.reset();
        }
        expect(await read).toBeUndefined();
        expect(new Set(await behind)).toEqual(new Set([undefined]));
        await proxy.heal();
        await open.driver.whenUp();
        expect(new Set(await Promise.all(keys.map((key) => open.cache.get(key))))).toEqual(new Set([undefined]));
        expect(await open.cache.getMany(keys)).toEqual(new Map());
        expect(await open.cache.get('large')).toEqual(large);
      }
    },
  );

  it('sends one byte at a time, is read while that takes less than the deadline', async () => {
    await using server = await startMemcached();
    await using proxy = await startFaultProxy({ target: server });
    await using open = await openCache([proxy.address], { timeout: '20s' });
    proxy.byteByByte();
    const value = keyedValue('END\r\n', 100);
    expect(await open.cache.set('END\r\n', value)).toBe(true);
    expect(await open.cache.get('END\r\n')).toEqual(value);
    expect(await open.cache.getMany(['a', 'END\r\n'])).toEqual(new Map([['END\r\n', value]]));
  });

  it('sends one byte at a time, is given up at the deadline and read again later', async () => {
    await using server = await startMemcached();
    await using proxy = await startFaultProxy({ target: server });
    await using open = await openCache([proxy.address]);
    const value = keyedValue('a', 100_000);
    await open.cache.set('a', value);
    proxy.byteByByte();
    const { ms, ...outcome } = await timed(open.cache.get('a'));
    expect(outcome).toEqual({ value: undefined });
    expect(ms).toBeLessThan(BOUNDED_MS);
    await proxy.heal();
    await open.driver.whenUp();
    expect(await open.cache.get('a')).toEqual(value);
  });

  it('takes no more connections, is asked again until it does, and serves who is in', async () => {
    await using server = await startMemcached({ connections: 32 });
    await using inside = await openCache([server.address]);
    expect(await inside.cache.set('a', 1)).toBe(true);
    const sockets = await occupy(server);
    try {
      await using outside = await openCache([server.address]);
      expect(await Promise.all([outside.cache.set('b', 2), outside.cache.get('a')])).toEqual([false, undefined]);
      expect(await outside.cache.getOrSet('c', '1m', () => 3)).toBe(3);
      expect(await inside.cache.get('a')).toBe(1);
      for (const socket of sockets.splice(0)) socket.destroy();
      await waitUntil(async () => (await outside.cache.get('a')) === 1, { what: 'a connection' });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('is out of memory, stores nothing and gives no former value, and its connection lives', async () => {
    await using server = await startMemcached({ memory: 2, evicts: false });
    await using open = await openCache([server.address]);
    const before = await server.connections();
    const text = 'x'.repeat(1000);
    let stored = 0;
    while (await open.cache.set(`${stored}`, `${stored}:${text}`)) stored++;
    expect(stored).toBeGreaterThan(100);

    expect(await open.cache.get(`${stored}`)).toBeUndefined();
    expect(await open.cache.getOrSet('new', '1m', () => text)).toBe(text);
    expect(await open.cache.get('new')).toBeUndefined();
    expect(await open.cache.set('7', `new:${text}`)).toBe(false);
    expect(await open.cache.get('7')).toBeUndefined();
    expect(await open.cache.get('8')).toBe(`8:${text}`);
    expect(await open.cache.delete('8')).toBe(true);
    // One for each question of this test itself.
    expect(await server.connections()).toBe(before + 1);
  });

  it.each([
    ['is flushed', async (server: TestMemcached) => void (await server.ask('flush_all\r\n'))],
    ['is restarted', (server: TestMemcached) => server.restart()],
  ])('%s, misses and begins anew', async (_, empty) => {
    await using server = await startMemcached();
    // A machine that stands still for 250 ms would make misses of what is there.
    await using open = await openCache([server.address], { timeout: '5s' });
    await Promise.all(keys.map((key) => open.cache.set(key, keyedValue(key))));
    expect((await open.cache.getMany(keys)).size).toBe(keys.length);
    await empty(server);
    await open.driver.whenUp();
    expect(await open.cache.getMany(keys)).toEqual(new Map());
    expect(await Promise.all(keys.map((key) => open.cache.get(key)))).toEqual(keys.map(() => undefined));
    const values = await Promise.all(keys.map((key) => open.cache.getOrSet(key, '1m', () => keyedValue(key))));
    expect(values.map(({ key }) => key)).toEqual(keys);
    expect(await open.cache.getMany(keys)).toEqual(new Map(values.map((value) => [value.key, value])));
  });
});
