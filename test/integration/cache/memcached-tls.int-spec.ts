import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { CacheTls, CacheTlsOption, MemcachedOptions } from '@eggybyte/cache';
import { CacheHealthChecker, CacheService, EggyCacheModule } from '@eggybyte/cache';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { makeAuthority } from '../../support/certificates.js';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { type MemcachedOptions as ServerOptions, startMemcached } from '../../support/memcached.js';
import { type NodeProcess, runProgram } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';
import { openMemcached, timed } from './open-memcached.js';

const authority = makeAuthority();
const other = makeAuthority('other authority');
const { ca } = authority;
const here = authority.issue({ ip: ['127.0.0.1'] });
const value = Buffer.from('x');

/** With deadlines that a busy machine keeps. */
const open = (servers: readonly string[], options: Partial<MemcachedOptions>) =>
  openMemcached(servers, { timeout: '2s', connectTimeout: '10s', ...options });

/** A process that reads once, closes, and tells how the read ended. */
function runReader(options: MemcachedOptions, env: Record<string, string> = {}): NodeProcess {
  const program = `
    import { MemcachedDriver } from '@eggybyte/cache';
    const driver = new MemcachedDriver(${JSON.stringify(options)});
    await Promise.race([driver.connected(), new Promise((resolve) => setTimeout(resolve, 1000))]);
    const read = driver.get('a').then(() => 'done', (error) => error.reason);
    await driver.close();
    console.log('read: ' + await read + ', closed');`;
  return runProgram(process.execPath, ['--input-type=module', `--eval=${program}`], { env });
}

describe('memcached over TLS', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['log', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => lines.push(String(line)));
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[string, ServerOptions['tls'], CacheTls]>([
    ['by its address', here, { ca }],
    ['by one of several authorities', here, { ca: other.ca + ca }],
    ['by another name', authority.issue({ dns: ['cache.test'] }), { ca, servername: 'cache.test' }],
    ['by another address', authority.issue({ ip: ['10.1.2.3'] }), { ca, servername: '10.1.2.3' }],
    ['with a certificate of our own', { ...here, clientCa: other.ca }, { ca, ...other.issue({ dns: ['shop'] }) }],
  ])('trusts the server %s', async (_, tls, option) => {
    await using server = await startMemcached({ tls: tls as ServerOptions['tls'] & object });
    await using driver = await open([server.address], { tls: option });
    await driver.set('a', value);
    expect(await driver.get('a')).toEqual(value);
    expect(lines).toEqual([`memcached ${server.address} is up`]);
  });

  it.each<[string, ServerOptions, CacheTlsOption, 'tls' | 'down', RegExp]>([
    [
      'a certificate of an authority that is not ours',
      { tls: other.issue({ ip: ['127.0.0.1'] }) },
      { ca },
      'tls',
      /verify|issuer/,
    ],
    ['a certificate of an authority that nobody knows', { tls: here }, true, 'tls', /verify|issuer/],
    [
      'a certificate for another name',
      { tls: authority.issue({ dns: ['cache.test'] }) },
      { ca },
      'tls',
      /127\.0\.0\.1.*ALTNAME/,
    ],
    [
      'a certificate for another name than asked for',
      { tls: here },
      { ca, servername: 'cache.test' },
      'tls',
      /cache\.test/,
    ],
    ['a server without TLS', {}, { ca }, 'tls', /does not speak TLS/],
    ['a server with TLS, asked without', { tls: here }, false, 'down', /may accept TLS only/],
    [
      'a server that wants a certificate of ours',
      { tls: { ...here, clientCa: ca } },
      { ca },
      'tls',
      /certificate required|may not take our certificate/,
    ],
    [
      'a certificate of ours that it does not take',
      { tls: { ...here, clientCa: ca } },
      { ca, ...other.issue({}) },
      'tls',
      /alert|may not take our certificate/,
    ],
    [
      'authorities that are none',
      { tls: here },
      () => ({ ca: 'secret text' }),
      'tls',
      /`tls.ca` to be one or more certificates/,
    ],
    [
      'a key of another certificate',
      { tls: here },
      () => ({ ca, ...here, key: other.issue({}).key }),
      'tls',
      /its own key/,
    ],
  ])('is a readable outage with %s', async (_, options, tls, reason, why) => {
    await using server = await startMemcached(options);
    let attempts = 0;
    const asked = () => {
      attempts++;
      return typeof tls === 'function' ? tls() : tls;
    };
    await using driver = await open([server.address], { tls: asked });
    const cache = new CacheService(driver);
    const until = performance.now() + 1200;
    while (performance.now() < until) {
      const { ms, value: found } = await timed(cache.get('a'));
      expect(found).toBeUndefined();
      expect(ms).toBeLessThan(2000);
      await sleep(20);
    }
    expect(await timed(driver.get('a'))).toMatchObject({ reason });
    const [health] = await driver.health();
    expect(health).toMatchObject({ up: false, error: { reason, why: expect.stringMatching(why) } });
    const own = lines.filter((line) => line.startsWith('memcached'));
    expect(own).toEqual([expect.stringMatching(why)]);
    expect(own[0]).toMatch(/is down: .*\. It is tried again by itself\.$/);
    expect(attempts).toBeLessThan(40);
    expect(inspect([health, lines], { depth: 9 })).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE|secret text/);
  });

  it('is told by the health check as an outage of TLS', async () => {
    await using server = await startMemcached({ tls: here });
    const module = await Test.createTestingModule({
      imports: [
        EggyCacheModule.forRoot({
          servers: [server.address],
          timeout: '2s',
          connectTimeout: '10s',
          tls: { ca: other.ca },
        }),
      ],
    }).compile();
    try {
      await expect(module.get(CacheHealthChecker).check(new AbortController().signal)).rejects.toMatchObject({
        reason: 'tls',
        message: expect.stringMatching(/^1 of 1 cache servers are down: 127.*Fix: give the CA/),
      });
      expect(await module.get(CacheService).set('a', 1)).toBe(false);
    } finally {
      await module.close();
    }
  });

  it('goes on when the server renews its certificate under another authority and we are given that', async () => {
    let trusted = ca;
    await using server = await startMemcached({ tls: here });
    await using proxy = await startFaultProxy({ target: server });
    await using driver = await open([proxy.address], { tls: () => ({ ca: trusted }) });
    await driver.set('a', value);
    await server.renew(other.issue({ ip: ['127.0.0.1'] }));
    expect(await driver.get('a')).toEqual(value);

    proxy.reset();
    await waitUntil(async () => (await timed(driver.get('a'))).reason === 'tls', { what: 'the new certificate' });
    trusted = other.ca;
    await driver.whenUp();
    expect(await driver.get('a')).toEqual(value);
    expect(lines.filter((line) => line.includes('is down'))).toHaveLength(2);
    expect(lines.at(-1)).toBe(`memcached ${proxy.address} is up`);
  });

  it('takes a certificate of our own that was renewed', async () => {
    let own = other.issue({ dns: ['shop'] });
    await using server = await startMemcached({ tls: { ...here, clientCa: ca } });
    await using driver = await open([server.address], { tls: () => ({ ca, ...own }) });
    expect(await timed(driver.get('a'))).toMatchObject({ reason: 'tls' });
    own = authority.issue({ dns: ['shop'] });
    await driver.whenUp();
    await driver.set('a', value);
  });

  it('goes on when the function that gives the files fails and then works', async () => {
    let files: (() => CacheTls) | undefined = () => JSON.parse('secret text') as CacheTls;
    await using server = await startMemcached({ tls: here });
    await using driver = await open([server.address], { tls: () => (files ? files() : { ca }) });
    const [health] = await driver.health();
    expect(health).toMatchObject({ error: { reason: 'tls', why: 'the function `tls` threw SyntaxError' } });
    files = () => undefined as never;
    await sleep(400);
    expect(await timed(driver.get('a'))).toMatchObject({ reason: 'tls' });
    files = undefined;
    await driver.whenUp();
    expect(inspect([health, lines], { depth: 9 })).not.toContain('secret');
  });

  it('is not kept by a server that is frozen in the handshake', async () => {
    await using server = await startMemcached({ tls: here });
    await using proxy = await startFaultProxy({ target: server });
    proxy.freeze();
    const { ms, value: driver } = await timed(
      open([proxy.address], { tls: { ca }, timeout: '5s', connectTimeout: '300ms' }),
    );
    if (!driver) throw new Error('It did not open');
    await using opened = driver;
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(4000);
    expect((await timed(opened.get('a'))).reason).toBe('tls');
    expect(lines).toEqual([expect.stringContaining('no TLS handshake within 300 ms')]);
    await proxy.heal();
    await opened.whenUp();
  });

  it.each<[string, ServerOptions, boolean]>([
    ['when it is connected', { tls: here }, false],
    ['in the handshake', { tls: here }, true],
    ['when it is refused', { tls: other.issue({ ip: ['127.0.0.1'] }) }, false],
    ['when it may not enter', { tls: here, credentials: { username: 'shop', password: 'right' } }, false],
  ])('lets the process end after a close %s', async (_, options, frozen) => {
    await using server = await startMemcached(options);
    if (frozen) server.pause();
    const program = runReader({ servers: [server.address], tls: { ca }, connectTimeout: '60s', timeout: '60s' });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toContain('closed');
  });

  it('trusts no stranger, whatever the environment of the process says', async () => {
    await using server = await startMemcached({ tls: other.issue({ ip: ['127.0.0.1'] }) });
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const program = runReader({ servers: [server.address], tls: { ca } }, env);
    await program.exited;
    expect(program.stdout).toContain('read: tls');
  });

  it('answers requests of every size that are sent together, also while earlier ones wait to be sent', async () => {
    await using server = await startMemcached({ tls: here });
    await using driver = await open([server.address], { tls: { ca }, timeout: '5s' });
    const sizes = Array.from({ length: 300 }, (_, index) => (index * 997) % (index % 20 === 0 ? 300_000 : 40_000));
    for (let round = 0; round < 3; round++) {
      const answers: Promise<unknown>[] = [];
      for (const [index, size] of sizes.entries()) {
        answers.push(driver.set(`k${index}`, Buffer.alloc(size, index)), driver.get(`k${index}`));
        if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(answers);
    }
    for (const [index, size] of sizes.entries()) {
      expect((await driver.get(`k${index}`))?.equals(Buffer.alloc(size, index))).toBe(true);
    }
  });

  it.each<[string, unknown]>([
    ['a text', 'secret text'],
    ['null', null],
    ['no certificate', { ca: 'secret text' }],
    ['half of a certificate', { ca: '-----BEGIN CERTIFICATE-----\nsecret text' }],
    ['a certificate without key', { cert: here.cert }],
    ['a key without certificate', { key: here.key }],
    ['a key that is none', { cert: here.cert, key: 'secret text' }],
    ['the key of another certificate', { cert: here.cert, key: other.issue({}).key }],
    ['a name that is none', { servername: 'a b' }],
    ['a number as name', { servername: 5 }],
    ['an endless name', { servername: 'a'.repeat(300) }],
  ])('refuses %s as an option, and shows nothing of it', async (_, tls) => {
    const opening = open(['127.0.0.1:1'], { tls: tls as never });
    const error = await opening.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'EGGY_ARGUMENT' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/secret text|PRIVATE|BEGIN/);
  });
});
