import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { inspect } from 'node:util';
import {
  type CacheCredentials,
  CacheHealthChecker,
  CacheService,
  EggyCacheModule,
  type MemcachedOptions,
} from '@eggybyte/cache';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { makeAuthority } from '../../support/certificates.js';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { startMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';
import { openMemcached, timed } from './open-memcached.js';

const credentials = { username: 'shop', password: 'hüsh-right:1' };
const wrong = { username: 'shop', password: 'hush-wrong' };
const rotated = { username: 'shop', password: 'hush-rotated' };
/** In every password here, and in no text of ours. */
const SECRET = /h[uü]sh/;
const value = Buffer.from('x');

/** With deadlines that a busy machine keeps. */
const open = (servers: readonly string[], options: Partial<MemcachedOptions>) =>
  openMemcached(servers, { timeout: '2s', connectTimeout: '10s', ...options });

describe('memcached with credentials', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['log', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => lines.push(String(line)));
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
    if (SECRET.test(lines.join('\n'))) throw new Error('A password stands in the log');
  });

  it.each<[string, CacheCredentials | undefined, RegExp]>([
    ['it refuses', wrong, /it refused the credentials/],
    ['it knows no such user', { username: 'nobody', password: credentials.password }, /it refused the credentials/],
    ['nobody gives', undefined, /it asks for credentials and none are given/],
  ])('is a readable outage with those that %s', async (_, given, why) => {
    await using server = await startMemcached({ credentials });
    await using driver = await open([server.address], { credentials: () => given });
    const cache = new CacheService(driver);
    const until = performance.now() + 1200;
    while (performance.now() < until) {
      expect(await cache.set('a', 1)).toBe(false);
      expect(await cache.get('a')).toBeUndefined();
      await sleep(20);
    }
    expect(await timed(driver.get('a'))).toMatchObject({ reason: 'auth' });
    const [health] = await driver.health();
    expect(health).toMatchObject({ up: false, error: { reason: 'auth', why: expect.stringMatching(why) } });
    expect(lines.filter((line) => line.startsWith('memcached'))).toEqual([expect.stringMatching(why)]);
    expect(await server.connections()).toBeLessThan(40);
    expect(inspect(health, { depth: 9 })).not.toMatch(SECRET);
  });

  it('is told by the health check as one of the credentials', async () => {
    await using server = await startMemcached({ credentials });
    const module = await Test.createTestingModule({
      imports: [
        EggyCacheModule.forRoot({
          servers: [server.address],
          timeout: '2s',
          connectTimeout: '10s',
          credentials: wrong,
        }),
      ],
    }).compile();
    try {
      const checking = module.get(CacheHealthChecker).check(new AbortController().signal);
      const error = await checking.catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        reason: 'auth',
        message: expect.stringContaining('Fix: give the user and password'),
      });
      expect(inspect(error, { depth: 9 })).not.toMatch(SECRET);
    } finally {
      await module.close();
    }
  });

  it('works as soon as the right ones are given', async () => {
    let given: CacheCredentials | undefined = wrong;
    await using server = await startMemcached({ credentials });
    await using driver = await open([server.address], { credentials: () => given });
    expect(await timed(driver.get('a'))).toMatchObject({ reason: 'auth' });
    given = credentials;
    await driver.whenUp();
    await driver.set('a', value);
    expect(await driver.get('a')).toEqual(value);
  });

  it('keeps its connection when others are given, and opens the next one with those', async () => {
    let given = credentials;
    await using server = await startMemcached({ credentials });
    await using driver = await open([server.address], { credentials: () => given });
    const before = await server.connections();
    given = rotated;
    await sleep(300);
    await driver.set('a', value);
    expect(await server.connections()).toBe(before + 1);

    await server.restart(rotated);
    await driver.whenUp();
    await driver.set('a', value);
    expect(await driver.get('a')).toEqual(value);
    expect(lines.filter((line) => line.includes('is down'))).toHaveLength(1);
  });

  it('tells of refused ones in an outage that began otherwise', async () => {
    await using server = await startMemcached({ credentials });
    await using driver = await open([server.address], { credentials });
    await server.restart(rotated);
    await waitUntil(async () => (await timed(driver.get('a'))).reason === 'auth', { what: 'the refusal' });
    await sleep(500);
    expect(lines.slice(1)).toEqual([
      expect.stringContaining('is down'),
      expect.stringContaining('it refused the credentials'),
    ]);
    await server.restart(credentials);
    await driver.whenUp();
  });

  it('goes on when the function that gives them fails and then works', async () => {
    let give: () => CacheCredentials = () => JSON.parse('{"password":"hush') as CacheCredentials;
    await using server = await startMemcached({ credentials });
    await using driver = await open([server.address], { credentials: () => give() });
    const states = [await driver.health()];
    expect(states[0]).toMatchObject([
      { error: { reason: 'auth', why: 'the function `credentials` threw SyntaxError' } },
    ]);
    give = () => ({ username: 'shop', password: 'hush hush' });
    await waitUntil(
      async () => {
        states.push(await driver.health());
        return inspect(states.at(-1)).includes('without spaces');
      },
      { what: 'the other failure' },
    );
    expect(inspect(states, { depth: 9 })).not.toMatch(SECRET);
    give = () => credentials;
    await driver.whenUp();
  });

  it.each<[string, unknown]>([
    ['a space', 'hush word'],
    ['a line end', 'hush\r\nflush_all'],
    ['a zero byte', 'hush\u0000'],
    ['a tab', 'hush\tword'],
    ['a delete', 'hush\u007f'],
    ['nothing', ''],
    ['a number', 1234567],
    ['undefined', undefined],
  ])('refuses %s in them as an option, and shows nothing of it', async (_, text) => {
    for (const name of ['username', 'password'] as const) {
      const given = { username: 'hush-me', password: 'hush-me', [name]: text } as never;
      const error = await open(['127.0.0.1:1'], { credentials: given }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'EGGY_ARGUMENT', message: expect.stringContaining(`credentials.${name}`) });
      expect(inspect(error, { depth: 9 })).not.toMatch(/hush|1234567/);
    }
  });

  it('leaves nothing on a server that asks for none', async () => {
    await using server = await startMemcached();
    await using driver = await open([server.address], { credentials });
    await driver.set('a', value);
    expect(await driver.get('a')).toEqual(value);
    expect(await server.ask('get eggybyte:credentials\r\n')).toBe('END\r\n');
  });

  it('shows them to no server whose certificate it does not trust', async () => {
    const seen: string[] = [];
    await using impostor = createServer(makeAuthority().issue({ ip: ['127.0.0.1'] }), (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => seen.push(data.toString()));
    }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const { port } = impostor.address() as AddressInfo;
    let attempts = 0;
    const tls = () => {
      attempts++;
      return { ca: makeAuthority().ca };
    };
    await using driver = await open([`127.0.0.1:${port}`], { credentials, tls });
    await waitUntil(() => attempts > 2, { what: 'a few attempts' });
    expect(await timed(driver.get('a'))).toMatchObject({ reason: 'tls' });
    expect(seen).toEqual([]);
  });

  it.each<[string, { timeout: `${number}ms`; connectTimeout: `${number}ms` }]>([
    ['connecting', { timeout: '5000ms', connectTimeout: '300ms' }],
    ['an operation', { timeout: '300ms', connectTimeout: '5000ms' }],
  ])('is not kept by a server that is frozen before it answers: the deadline of %s holds', async (_, deadlines) => {
    await using server = await startMemcached({ credentials });
    await using proxy = await startFaultProxy({ target: server });
    proxy.freeze();
    const { ms, value: driver } = await timed(open([proxy.address], { credentials, ...deadlines }));
    if (!driver) throw new Error('It did not open');
    await using opened = driver;
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(4000);
    expect(await timed(opened.get('a'))).toMatchObject({ reason: 'down' });
    await proxy.heal();
    await opened.whenUp();
  });
});
