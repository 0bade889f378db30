import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemcachedOptions } from '@eggybyte/cache';
import { requestContext, runInContext } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { startMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';
import { openMemcached, startServers, timed, transports } from './open-memcached.js';

const value = Buffer.from('x');
const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);

describe.each(transports())('MemcachedDriver %s', (_name, transport) => {
  const startServer = () => startMemcached(transport.server);
  const open = (servers: readonly string[], options: Partial<MemcachedOptions> = {}) =>
    openMemcached(servers, { ...transport.driver, ...options });

  const lines: string[] = [];
  /** Of what the lines were told. */
  const contexts = new Set<unknown>();
  beforeEach(() => {
    lines.length = 0;
    contexts.clear();
    for (const level of ['log', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => {
        contexts.add(requestContext());
        lines.push(String(line));
      });
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('never runs the wire code of memcache-pp', async () => {
    const stock = createRequire(import.meta.url)('memcache-pp/lib/connection') as {
      prototype: Record<string, () => void>;
    };
    const spies = Object.keys(stock.prototype)
      .filter((name) => typeof stock.prototype[name] === 'function')
      .map((name) => jest.spyOn(stock.prototype, name));
    await using server = await startServer();
    await using driver = await open([server.address]);
    await driver.set('a', value, 1000);
    await driver.increment('n', 1);
    expect((await driver.getMulti(['a', 'b'])).size).toBe(1);
    await server.restart();
    await driver.whenUp();
    await driver.delete('a');
    expect(spies.length).toBeGreaterThan(5);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it('tells of an outage and of its end as of nobody’s, whichever request has noticed it', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server });
    await using driver = await open([proxy.address]);
    lines.length = 0;
    // Until the deadline of the handshake is over, and that of the request is the only one.
    await sleep(300);
    proxy.freeze();
    expect((await runInContext({}, () => timed(driver.get('a')))).reason).toBe('timeout');
    await proxy.heal();
    await driver.whenUp();
    await waitUntil(() => lines.length === 2, { what: 'both lines' });

    expect(lines).toEqual([expect.stringContaining(' is down'), expect.stringContaining(' is up')]);
    expect([...contexts]).toEqual([undefined]);
  });

  it('starts without its server, answers at once, and works as soon as the server is there', async () => {
    await using server = await startServer();
    await server.kill();
    await using driver = await open([server.address]);
    for (const { reason } of await Promise.all(keys.map((key) => timed(driver.get(key))))) expect(reason).toBe('down');
    expect(await driver.health()).toEqual([
      { endpoint: server.address, up: false, error: expect.objectContaining({ reason: 'down' }) },
    ]);
    await sleep(500);
    expect(lines).toEqual([expect.stringMatching(/^memcached 127.0.0.1:\d+ is down: .*ECONNREFUSED/)]);
    await server.restart();
    await driver.whenUp();
    await driver.set('a', value);
    expect(await driver.get('a')).toEqual(value);
    expect(lines.slice(1)).toEqual([`memcached ${server.address} is up`]);
  });

  it('is not kept by a server that accepts and never answers', async () => {
    await using server = await startServer();
    server.pause();
    await sleep(30);
    const { ms } = await timed(
      open([server.address], { timeout: '20s', connectTimeout: '300ms' }).then((driver) => driver.close()),
    );
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(15_000);
  });

  it('settles everything in flight when the server is killed, and works after its return', async () => {
    await using server = await startServer();
    await using driver = await open([server.address]);
    await Promise.all(keys.map((key) => driver.set(key, Buffer.from(key))));
    for (let round = 0; round < 3; round++) {
      const inFlight = Array.from({ length: 300 }, (_, index) => timed(driver.get(keys[index % 60] as string)));
      await server.kill();
      for (const [index, result] of (await Promise.all(inFlight)).entries()) {
        expect([undefined, keys[index % 60]]).toContain(result.value?.toString());
        expect(result.ms).toBeLessThan(2000);
      }
      expect(await timed(driver.get('a'))).toMatchObject({ reason: 'down' });
      await server.restart();
      await driver.whenUp();
      await Promise.all(keys.map((key) => driver.set(key, Buffer.from(key))));
      for (const key of keys) expect((await driver.get(key))?.toString()).toBe(key);
    }
    expect(lines.filter((line) => line.includes('is down'))).toHaveLength(3);
    expect(lines.filter((line) => line.includes('is up'))).toHaveLength(4);
  });

  it('waits for a frozen server once, then answers at once, until it is back', async () => {
    await using server = await startServer();
    await using driver = await open([server.address]);
    await driver.set('a', value);
    server.pause();
    await sleep(30);
    const first = await Promise.all([timed(driver.get('a')), timed(driver.set('b', value)), timed(driver.delete('c'))]);
    for (const { reason, ms } of first) {
      expect(reason).toBe('timeout');
      expect(ms).toBeGreaterThan(240);
      expect(ms).toBeLessThan(2000);
    }
    const many = await Promise.all(Array.from({ length: 2000 }, () => timed(driver.get('a'))));
    expect(new Set(many.map(({ reason }) => reason))).toEqual(new Set(['down']));
    server.resume();
    await driver.whenUp();
    expect(await driver.get('a')).toEqual(value);
  });

  it('bounds what is in flight', async () => {
    await using server = await startServer();
    await using driver = await open([server.address], { timeout: '1s' });
    server.pause();
    await sleep(30);
    const results = await Promise.all(Array.from({ length: 10_000 }, () => timed(driver.get('a'))));
    const busy = results.filter(({ reason }) => reason === 'busy');
    expect(busy).toHaveLength(10_000 - 8192);
    expect(results.filter(({ reason }) => reason === 'timeout')).toHaveLength(8192);
  });

  it('bounds what waits to be sent', async () => {
    await using server = await startServer();
    await using driver = await open([server.address], { timeout: '1s' });
    server.pause();
    await sleep(30);
    const megabyte = Buffer.alloc(1_000_000);
    const results = await Promise.all(Array.from({ length: 40 }, () => timed(driver.set('a', megabyte))));
    expect(results.filter(({ reason }) => reason === 'busy').length).toBeGreaterThan(15);
  });

  it('does not take its own busy loop for a slow server', async () => {
    await using server = await startServer();
    await using driver = await open([server.address]);
    await driver.set('a', Buffer.alloc(900_000));
    const reads = Array.from({ length: 20 }, () => driver.get('a'));
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + 400;
    while (performance.now() < until);
    for (const read of reads) expect((await read)?.length).toBe(900_000);
  });

  it('does not take its own busy loop for a server that lets nobody in', async () => {
    await using server = await startServer();
    const opened = open([server.address], { connectTimeout: '150ms' });
    // The connection is on its way, and its answers wait to be read.
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + 400;
    while (performance.now() < until);
    await using driver = await opened;
    await driver.whenUp();
    expect(lines).toEqual([`memcached ${server.address} is up`]);
  });

  it('serves the keys of the living when one of three is dead, and all of them when it is back', async () => {
    await using servers = await startServers(3, transport.server);
    await using driver = await open(servers.map(({ address }) => address));
    await Promise.all(keys.map((key) => driver.set(key, Buffer.from(key))));
    expect((await driver.getMulti(keys)).size).toBe(60);
    await servers[1]?.kill();
    await timed(driver.getMulti(keys));

    const results = await Promise.all(keys.map((key) => timed(driver.get(key))));
    const hits = results.filter((result) => result.value !== undefined);
    expect(hits.length).toBeGreaterThan(20);
    expect(hits.length).toBeLessThan(60);
    expect(new Set(results.map(({ reason }) => reason))).toEqual(new Set([undefined, 'down']));
    expect((await driver.getMulti(keys)).size).toBe(hits.length);
    expect((await driver.health()).map(({ up }) => up)).toEqual([true, false, true]);

    await servers[1]?.restart();
    await driver.whenUp();
    await Promise.all(keys.map((key) => driver.set(key, Buffer.from(key))));
    expect((await driver.getMulti(keys)).size).toBe(60);
  });

  it('puts keys where memcache-pp puts them, whatever the order of the servers', async () => {
    const require = createRequire(import.meta.url);
    const HashRing = require('hashring') as new (servers: string[]) => { get(key: string): string };
    await using servers = await startServers(3, transport.server);
    const addresses = servers.map(({ address }) => address);
    await using driver = await open(addresses);
    await using reversed = await open(addresses.toReversed());
    const ring = new HashRing(addresses);
    for (const key of keys) {
      await driver.set(key, Buffer.from(key));
      await using one = await open([ring.get(key)]);
      expect((await one.get(key))?.toString()).toBe(key);
    }
    expect((await reversed.getMulti(keys)).size).toBe(60);
  });

  it('survives resets of its connection', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server });
    await using driver = await open([proxy.address]);
    for (let round = 0; round < 5; round++) {
      await driver.set('a', Buffer.from(`${round}`));
      const read = timed(driver.get('a'));
      proxy.reset();
      expect([undefined, `${round}`]).toContain((await read).value?.toString());
      await driver.whenUp();
      expect((await driver.get('a'))?.toString()).toBe(`${round}`);
    }
  });

  it('reads answers that arrive byte by byte', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server });
    await using driver = await open([proxy.address], { timeout: '5s' });
    await driver.set('a', Buffer.from('END\r\n'));
    proxy.byteByByte();
    expect((await driver.getMulti(['x', 'a'])).get('a')?.toString()).toBe('END\r\n');
  });

  it('gives a late answer to nobody', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server });
    await using driver = await open([proxy.address], { timeout: '400ms' });
    await Promise.all([driver.set('alice', Buffer.from('secret')), driver.set('bob', Buffer.from('bob'))]);
    proxy.freeze();
    expect(await timed(driver.get('alice'))).toMatchObject({ reason: 'timeout' });
    const others = Array.from({ length: 20 }, async () => {
      await sleep(Math.random() * 800);
      return timed(driver.get('bob'));
    });
    await sleep(450);
    await proxy.heal();
    for (const { value: got } of await Promise.all(others)) expect(got?.toString() ?? 'bob').toBe('bob');
    await waitUntil(async () => (await driver.get('bob'))?.toString() === 'bob', { what: 'the answer to be bob' });
  });

  it.each(['up', 'frozen', 'down'])(
    'settles everything and releases the process at its close: server %s',
    async (state) => {
      await using server = await startServer();
      const resources = () =>
        process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|GetAddrInfo/.test(name)).length;
      const before = resources();
      await using driver = await open([server.address]);
      if (state === 'frozen') server.pause();
      if (state === 'down') await server.kill();
      await sleep(30);
      const inFlight = Array.from({ length: 40 }, (_, index) =>
        timed<unknown>(index % 2 ? driver.get('a') : driver.set('a', value)),
      );
      await driver.close();
      await Promise.all(inFlight);
      await waitUntil(() => resources() <= before, { what: 'every socket and timer to be gone' });
      await expect(driver.close()).resolves.toBeUndefined();
    },
  );
});
