import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { openMemcached, startServers, timed, transports } from './open-memcached.js';
import { startScriptedServer } from './scripted-server.js';

/** For what is not about deadlines: a server that gets no processor for 250 ms is none that does not answer. */
const PATIENT = { timeout: '5s' } as const;
const COMMAND = /^(get|set|delete) [^\r\n]+/gm;

/** What a driver sends in one tick, by line. */
async function sent(
  work: (driver: Awaited<ReturnType<typeof openMemcached>>) => Promise<unknown>[],
): Promise<string[]> {
  const lines: string[] = [];
  await using server = await startScriptedServer((commands, socket) => {
    for (const [line, name] of commands.matchAll(COMMAND)) {
      lines.push(line);
      socket.write({ get: 'END\r\n', set: 'STORED\r\n', delete: 'DELETED\r\n' }[name ?? ''] ?? 'ERROR\r\n');
    }
  });
  await using driver = await openMemcached([server.address], PATIENT);
  await Promise.all(work(driver));
  return lines;
}

describe('MemcachedDriver, asked for many keys at once', () => {
  beforeAll(() => {
    for (const level of ['log', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockReturnValue(undefined);
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  it.each(transports())('gives each its own value, and a miss to whoever has none, %s', async (_, transport) => {
    await using servers = await startServers(2, transport.server);
    await using driver = await openMemcached(
      servers.map(({ address }) => address),
      { ...transport.driver, ...PATIENT },
    );
    const keys = Array.from({ length: 1500 }, (_each, n) => `key-${n}-${'x'.repeat(n % 200)}`);
    const hasValue = (n: number) => n % 3 !== 0;
    const there = keys.filter((_key, n) => hasValue(n));
    await Promise.all(there.map((key) => driver.set(key, Buffer.from(`value of ${key}`), 60_000)));
    // Some of them are asked for twice, also as a part of many.
    const asked = keys.flatMap((key, n) => (n % 7 === 0 ? [key, key] : [key]));
    const [many, ...each] = await Promise.all([
      driver.getMulti(keys.slice(0, 50)),
      ...asked.map((key) => driver.get(key)),
    ]);
    const expected = (key: string) => (hasValue(keys.indexOf(key)) ? `value of ${key}` : undefined);
    expect(each.map((value) => value?.toString())).toEqual(asked.map(expected));
    expect(keys.slice(0, 50).map((key) => many.get(key)?.toString())).toEqual(keys.slice(0, 50).map(expected));
  });

  it('reads what was stored before it asked, and not what is stored after', async () => {
    await using servers = await startServers(1);
    await using driver = await openMemcached(
      servers.map(({ address }) => address),
      PATIENT,
    );
    await driver.set('a', Buffer.from('1'));
    const work = [
      driver.get('a'),
      driver.get('b'),
      driver.set('a', Buffer.from('2')),
      driver.get('a'),
      driver.delete('a'),
      driver.get('a'),
      driver.get('b'),
    ];
    expect((await Promise.all(work)).map((value) => (Buffer.isBuffer(value) ? value.toString() : value))).toEqual([
      '1',
      undefined,
      undefined,
      '2',
      true,
      undefined,
      undefined,
    ]);
  });

  it('asks in one line, but not across a write, and not twice for a key', async () => {
    const lines = await sent((driver) => [
      driver.get('a'),
      driver.get('b'),
      driver.getMulti(['c', 'd']),
      driver.set('e', Buffer.from('e')),
      driver.get('e'),
      driver.get('f'),
      driver.get('e'),
    ]);
    expect(lines).toEqual(['get a b c d', 'set e 4 0 1', 'get e f', 'get e']);
  });

  it('keeps the lines short', async () => {
    const keys = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(200, 'x'));
    const lines = await sent((driver) => keys.map((key) => driver.get(key)));
    expect(lines.flatMap((line) => line.split(' ').slice(1))).toEqual(keys);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(2100);
    expect(lines.length).toBeLessThan(keys.length / 5);
  });

  it('bounds how many wait, whatever the number of lines', async () => {
    await using server = await startScriptedServer(() => undefined);
    await using driver = await openMemcached([server.address], { timeout: '1s' });
    const results = await Promise.all(Array.from({ length: 10_000 }, (_, n) => timed(driver.get(`key-${n}`))));
    expect(results.filter(({ reason }) => reason === 'busy')).toHaveLength(10_000 - 8192);
    expect(results.filter(({ reason }) => reason === 'timeout')).toHaveLength(8192);
  });

  it('loses only what had not come when the connection is cut', async () => {
    const secret = 'CAROL-SECRET'.repeat(100);
    let cut = true;
    await using server = await startScriptedServer((_commands, socket) => {
      if (!cut) {
        socket.write('END\r\n');
        return;
      }
      cut = false;
      const begun = `VALUE carol 4 ${secret.length}\r\n${secret.slice(0, 500)}`;
      socket.write(`VALUE alice 4 1\r\nA\r\nVALUE bob 4 1\r\nB\r\n${begun}`, () => socket.destroy());
    });
    await using driver = await openMemcached([server.address], PATIENT);
    const names = ['alice', 'miss', 'bob', 'carol', 'dave'];
    const results = await Promise.all(names.map((name) => timed(driver.get(name))));
    expect(results.slice(0, 2).map(({ value }) => value?.toString())).toEqual(['A', undefined]);
    expect(results.map(({ reason }) => reason)).toEqual([undefined, undefined, 'down', 'down', 'down']);
    await driver.whenUp();
    expect(await driver.get('carol')).toBeUndefined();
  });

  it('ends the connection for the value of a key that none of them asked for', async () => {
    await using server = await startScriptedServer((_commands, socket) => {
      socket.write('VALUE victim 4 6\r\nHACKED\r\nEND\r\n');
    });
    await using driver = await openMemcached([server.address], PATIENT);
    const results = await Promise.all(['a', 'b', 'c'].map((key) => timed(driver.get(key))));
    expect(results.map(({ reason }) => reason)).toEqual(['protocol', 'protocol', 'protocol']);
  });

  it('takes an error of the server as that of all who asked in the line, and keeps the connection', async () => {
    let isFirst = true;
    await using server = await startScriptedServer((_commands, socket) => {
      socket.write(isFirst ? 'SERVER_ERROR out of memory writing get response\r\n' : 'END\r\n');
      isFirst = false;
    });
    await using driver = await openMemcached([server.address], PATIENT);
    const results = await Promise.all(['a', 'b'].map((key) => timed(driver.get(key))));
    expect(results.map(({ reason }) => reason)).toEqual(['refused', 'refused']);
    expect([await driver.get('a'), server.connections]).toEqual([undefined, 1]);
  });
});
