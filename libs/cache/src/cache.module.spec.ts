import { Launcher } from '@eggybyte/lifecycle';
import { HEALTH_CHECKER_KEY, Metrics } from '@eggybyte/observability';
import { describe, expect, it, jest } from '@jest/globals';
import { Global, Inject, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CacheHealthChecker } from './cache.health.js';
import { Cache, CACHE_MANAGER } from './cache-manager.js';
import { EggyCacheModule } from './cache.module.js';
import { CacheService } from './cache.service.js';
import { MemoryCacheDriver } from './memory-driver.js';

@Injectable()
class Consumer {
  constructor(
    readonly cache: CacheService,
    readonly manager: Cache,
    @Inject(CACHE_MANAGER) readonly byToken: Cache,
  ) {}
}

const compile = (metadata: ModuleMetadata) => Test.createTestingModule(metadata).compile();

describe('EggyCacheModule', () => {
  it('provides the cache and cache-manager everywhere, in memory when there are no servers', async () => {
    const module = await compile({ imports: [EggyCacheModule.forRoot({})], providers: [Consumer] });
    const { cache, manager, byToken } = module.get(Consumer);
    await cache.set('a', 1);
    expect(await cache.get('a')).toBe(1);
    expect(byToken).toBe(manager);
    await byToken.set('b', 2);
    expect(await manager.get('b')).toBe(2);
  });

  it('takes its options asynchronously', async () => {
    const driver = new MemoryCacheDriver();
    const imports = [EggyCacheModule.forRootAsync({ useFactory: async () => ({ driver, keyPrefix: 'p:' }) })];
    const module = await compile({ imports });
    await module.get(CacheService).set('a', 1);
    expect(await driver.get('p:a')).toEqual(Buffer.from('1'));
  });

  it('takes a driver or what makes one, and closes it after everything else', async () => {
    const order: string[] = [];
    const driver = new (class extends MemoryCacheDriver {
      override async close(): Promise<void> {
        order.push('cache closed');
      }
    })();
    @Injectable()
    class Worker {
      onModuleDestroy = () => order.push('worker destroyed');
      beforeApplicationShutdown = () => order.push('worker shut down');
    }
    const module = await compile({
      imports: [EggyCacheModule.forRoot({ driver: async () => driver })],
      providers: [Worker],
    });
    await module.close();
    expect(order).toEqual(['worker destroyed', 'worker shut down', 'cache closed']);
  });

  it('leaves the closing to the launcher where there is one', async () => {
    const launcher = new Launcher();
    @Global()
    @Module({ providers: [{ provide: Launcher, useValue: launcher }], exports: [Launcher] })
    class LauncherModule {}
    const driver = new MemoryCacheDriver();
    const module = await compile({ imports: [LauncherModule, EggyCacheModule.forRoot({ driver })] });
    await module.close();
    expect(await driver.health()).toEqual([{ endpoint: 'memory', up: true }]);
    await launcher.close();
    expect(await driver.health()).toEqual([{ endpoint: 'memory', up: false }]);
  });

  it('counts into the metrics of the application', async () => {
    const metrics = new Metrics();
    @Global()
    @Module({ providers: [{ provide: Metrics, useValue: metrics }], exports: [Metrics] })
    class MetricsModule {}
    const module = await compile({ imports: [MetricsModule, EggyCacheModule.forRoot({})] });
    await module.get(CacheService).get('a');
    await module.get<Cache>(CACHE_MANAGER).get('a');
    const text = await metrics.registry.metrics();
    expect(text).toContain('eggy_cache_operations_total{operation="get",result="miss",server="memory"} 2');
    expect(text).toContain('eggy_cache_operation_duration_seconds_bucket{le="0.0001",operation="get",server="memory"}');
  });

  it.each([[{ servers: ['a b'] }], [{ servers: ['a:1', 'a:1'] }], [{ timeout: 0 }], [{ keyPrefix: 'a b' }]])(
    'refuses the options %j',
    async (options) => {
      await expect(compile({ imports: [EggyCacheModule.forRoot(options)] })).rejects.toMatchObject({
        code: 'EGGY_ARGUMENT',
      });
    },
  );
});

describe('CacheHealthChecker', () => {
  it('is found by its decorator, never critical', async () => {
    const module = await compile({ imports: [EggyCacheModule.forRoot({})] });
    const checker = module.get(CacheHealthChecker);
    await expect(checker.check(new AbortController().signal)).resolves.toBeUndefined();
    expect(Reflect.getMetadata(HEALTH_CHECKER_KEY, CacheHealthChecker)).toEqual({ name: 'cache', critical: false });
  });

  it('names the servers that are down', async () => {
    const driver = new MemoryCacheDriver();
    const error = new Error('refused');
    driver.health = async () => [
      { endpoint: 'a:1', up: true },
      { endpoint: 'b:2', up: false, error },
    ];
    await expect(new CacheHealthChecker(driver).check(new AbortController().signal)).rejects.toThrow(
      '1 of 2 cache servers are down: b:2: refused. Fix: start the server or check its address; it is tried again by itself.',
    );
  });
});

describe('@eggybyte/cache', () => {
  it('loads no client and no cache-manager before they are used', async () => {
    const loaded: string[] = [];
    await jest.isolateModulesAsync(async () => {
      for (const name of ['memcache-pp', 'cache-manager', 'keyv']) {
        jest.doMock(name, () => {
          loaded.push(name);
          return jest.requireActual<object>(name);
        });
      }
      const { Cache: Fresh, EggyCacheModule: FreshModule } = await import('./index.js');
      const module = await compile({ imports: [FreshModule.forRoot({})] });
      expect(loaded).toEqual([]);
      await module.get(Fresh).get('a');
      expect(loaded.toSorted()).toEqual(['cache-manager', 'keyv']);
    });
  });
});
