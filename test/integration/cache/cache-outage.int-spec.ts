import { setTimeout as sleep } from 'node:timers/promises';
import { Cache, CacheHealthChecker, CacheService, EggyCacheModule, Cacheable } from '@eggybyte/cache';
import { EggyLifecycleModule, Launcher } from '@eggybyte/lifecycle';
import { Metrics } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Global, Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { freePort } from '../../support/free-port.js';
import { keyPrefix } from '../../support/cache-server.js';
import { startMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';
import { timed } from './open-memcached.js';

@Injectable()
class Products {
  loads = 0;

  @Cacheable({ key: (id: number) => `product:${id}`, ttl: '5m' })
  async byId(id: number): Promise<{ id: number }> {
    this.loads++;
    await sleep(5);
    return { id };
  }
}

@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
class MetricsModule {}

async function application(...servers: string[]) {
  const module = await Test.createTestingModule({
    imports: [
      MetricsModule,
      EggyLifecycleModule.forRoot(),
      EggyCacheModule.forRoot({ servers, keyPrefix: keyPrefix('outage') }),
    ],
    providers: [Products],
  }).compile();
  return {
    cache: module.get(CacheService),
    manager: module.get(Cache),
    products: module.get(Products),
    health: module.get(CacheHealthChecker),
    metrics: module.get(Metrics),
    launcher: module.get(Launcher),
    [Symbol.asyncDispose]: () => module.close(),
  };
}

describe('EggyCacheModule with memcached', () => {
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

  it('caches, counts and is healthy', async () => {
    await using server = await startMemcached();
    await using app = await application(server.address);
    await Promise.all(Array.from({ length: 50 }, () => app.products.byId(1)));
    expect(await app.products.byId(1)).toEqual({ id: 1 });
    expect(app.products.loads).toBe(1);
    await expect(app.health.check(new AbortController().signal)).resolves.toBeUndefined();
    const text = await app.metrics.registry.metrics();
    expect(text).toContain(`eggy_cache_server_up{server="${server.address}"} 1`);
    expect(text).toContain(`eggy_cache_operations_total{operation="get",result="miss",server="${server.address}"} 1`);
    expect(text).toContain(`eggy_cache_operations_total{operation="set",result="ok",server="${server.address}"} 1`);
    expect(text).toContain(`eggy_cache_operations_total{operation="get",result="hit",server="${server.address}"} 1`);
  });

  it('serves cache-manager from the same server', async () => {
    await using server = await startMemcached();
    await using app = await application(server.address);
    const values = ['', 'END', 'a\r\nb', Buffer.from([0, 255]), { a: [1, null] }, 0, null];
    for (const [index, value] of values.entries()) await app.manager.set(`größe ${index}\r\n`, value);
    const found = await app.manager.mget(values.map((_, index) => `größe ${index}\r\n`));
    expect(found).toEqual(values);
    let loads = 0;
    for (let round = 0; round < 3; round++) await app.manager.wrap('w', async () => ++loads, 60_000);
    expect(loads).toBe(1);
    await app.manager.set('short', 1, 300);
    await sleep(350);
    expect(await app.manager.get('short')).toBeUndefined();
    await app.cache.set('mine', 1);
    await app.manager.clear();
    expect(await app.manager.get('w')).toBeUndefined();
    expect(await app.cache.get('mine')).toBe(1);
  });

  it('starts and serves while its server is down, and tells so once', async () => {
    const { ms, value: app } = await timed(application(`127.0.0.1:${await freePort()}`));
    if (!app) throw new Error('The start failed');
    await using closing = app;
    expect(ms).toBeLessThan(5000);
    await Promise.all(Array.from({ length: 200 }, (_, index) => closing.products.byId(index % 10)));
    expect(closing.products.loads).toBe(10);
    expect(await closing.cache.set('a', 1)).toBe(false);
    expect(await closing.cache.delete('a')).toBe(false);
    expect(await closing.manager.wrap('a', () => 2)).toBe(2);
    await expect(closing.health.check(new AbortController().signal)).rejects.toThrow(
      /^1 of 1 cache servers are down: 127.0.0.1:\d+/,
    );
    expect(lines.filter((line) => line.includes('down'))).toHaveLength(2);
    const text = await closing.metrics.registry.metrics();
    expect(text).toContain('eggy_cache_operations_total{operation="set",result="bypassed",server="127.0.0.1:');
    expect(text).toMatch(/eggy_cache_server_up\{server="127\.0\.0\.1:\d+"\} 0/);
  });

  it('goes on while its server is killed, frozen and brought back', async () => {
    await using server = await startMemcached();
    await using app = await application(server.address);
    await app.products.byId(1);
    const serves = async () => {
      const results = await Promise.all(Array.from({ length: 100 }, () => timed(app.products.byId(1))));
      for (const { value, ms } of results) {
        expect(value).toEqual({ id: 1 });
        expect(ms).toBeLessThan(2000);
      }
    };
    await Promise.all([serves(), server.kill()]);
    await serves();
    await server.restart();
    await waitUntil(async () => (await app.cache.set('a', 1)) && (await app.cache.get('a')) === 1, {
      what: 'recovery',
    });
    server.pause();
    await serves();
    await serves();
    server.resume();
    await waitUntil(() => app.cache.set('a', 2), { what: 'recovery' });
    await serves();
    expect(await app.cache.get('a')).toBe(2);
  });

  it('stays open while the launcher stops services, and closes with it', async () => {
    await using server = await startMemcached();
    await using app = await application(server.address);
    await app.launcher.drain('test');
    await app.launcher.stopServices();
    expect(await app.cache.set('a', 1)).toBe(true);
    await app.launcher.close();
    expect(await app.cache.set('a', 1)).toBe(false);
    expect(app.launcher.failures).toEqual([]);
  });
});
