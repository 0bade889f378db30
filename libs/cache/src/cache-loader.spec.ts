import { Metrics } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CacheService } from './cache.service.js';
import { MemoryCacheDriver } from './memory-driver.js';

const DAY = 86_400_000;

/** Two processes with the same server. */
function twoProcesses() {
  const driver = new MemoryCacheDriver();
  return { driver, here: new CacheService(driver), there: new CacheService(driver) };
}

/** Lets a test decide when a load ends. */
function gate<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const load = jest.fn(() => promise);
  return { load, open: resolve, fail: reject };
}

const fail = () => Promise.reject(new Error('no database'));

const lines: unknown[] = [];
beforeEach(() => {
  lines.length = 0;
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void lines.push(line));
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('a value that is over', () => {
  const options = { staleOnError: '1h' } as const;

  beforeEach(() => {
    jest.useFakeTimers({ advanceTimers: true, doNotFake: ['setImmediate', 'nextTick'] });
  });

  it('is a miss for everybody', async () => {
    const { here } = twoProcesses();
    await here.getOrSet('k', '1m', () => 'old', options);
    expect(await here.get('k')).toBe('old');
    jest.setSystemTime(Date.now() + 61_000);

    expect(await here.get('k')).toBeUndefined();
    expect(await here.getMany(['k'])).toEqual(new Map());
    expect(await here.exists('k')).toBe(false);
    expect(await here.getOrSet('k', '1m', () => 'new', options)).toBe('new');
  });

  it('is used once more when its load fails, and not loaded again for a second', async () => {
    const { here, there } = twoProcesses();
    await here.getOrSet('k', '1m', () => ({ n: 1 }), options);
    jest.setSystemTime(Date.now() + 61_000);
    const load = jest.fn(fail);

    expect(await here.getOrSet('k', '1m', load, options)).toEqual({ n: 1 });
    expect(await there.getOrSet('k', '1m', load, options)).toEqual({ n: 1 });
    expect(load).toHaveBeenCalledTimes(1);
    expect(lines).toEqual(['A value that is over is used again, as it could not be loaded: no database']);

    jest.setSystemTime(Date.now() + 1001);
    expect(await here.getOrSet('k', '1m', () => ({ n: 2 }), options)).toEqual({ n: 2 });
    expect(await here.get('k')).toEqual({ n: 2 });
  });

  it('does not take the place of what another process has loaded meanwhile', async () => {
    const { here, there } = twoProcesses();
    await here.getOrSet('k', '1m', () => 'old', options);
    jest.setSystemTime(Date.now() + 61_000);
    const late = gate<string>();
    const loading = here.getOrSet('k', '1m', late.load, options);
    expect(await there.getOrSet('k', '1m', () => 'new', options)).toBe('new');
    late.fail(new Error('no database'));

    expect(await loading).toBe('old');
    expect(await here.get('k')).toBe('new');
  });

  it('is used when its load takes too long', async () => {
    const { here } = twoProcesses();
    await here.getOrSet('k', '1m', () => 1, options);
    jest.setSystemTime(Date.now() + 61_000);

    expect(
      await here.getOrSet('k', '1m', () => new Promise<number>(() => undefined), { ...options, loadTimeout: '20ms' }),
    ).toBe(1);
  });

  it('is of no use once it was evicted, or when it is over for longer', async () => {
    const { here } = twoProcesses();
    await here.getOrSet('evicted', '1m', () => 1, options);
    await here.getOrSet('old', '1m', () => 1, options);
    await here.evict('evicted');
    jest.setSystemTime(Date.now() + DAY);

    await expect(here.getOrSet('evicted', '1m', fail, options)).rejects.toThrow('no database');
    // The memory driver goes by another clock, which stood still.
    await expect(here.getOrSet('old', '1m', fail, options)).rejects.toThrow('no database');
  });

  it('does not hide that its new value cannot be cached', async () => {
    const { here } = twoProcesses();
    await here.getOrSet<unknown>('k', '1m', () => 1, options);
    jest.setSystemTime(Date.now() + 61_000);

    await expect(here.getOrSet<unknown>('k', '1m', () => Symbol('x'), options)).rejects.toMatchObject({
      code: 'EGGY_CACHE_VALUE',
    });
  });
});

describe('nothing', () => {
  it('is remembered for as long as it is told, as a miss for others', async () => {
    const { here, there } = twoProcesses();
    const load = jest.fn((): string | undefined => undefined);

    expect(await here.getOrSet('k', '1m', load, { negativeTtl: '10s' })).toBeUndefined();
    expect(await there.getOrSet('k', '1m', load, { negativeTtl: '10s' })).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    expect(await here.get('k')).toBeUndefined();
    expect(await here.exists('k')).toBe(false);

    await here.evict('k');
    expect(await here.getOrSet('k', '1m', () => 'something', { negativeTtl: '10s' })).toBe('something');
  });

  it('is over sooner than something, also as null', async () => {
    const { driver, here } = twoProcesses();
    const set = jest.spyOn(driver, 'set');
    await here.getOrSet('a', '1h', () => null, { negativeTtl: '10s' });
    await here.getOrSet('b', '1h', () => undefined, { negativeTtl: '10s' });
    await here.getOrSet('c', '1h', () => 1, { negativeTtl: '10s' });

    const ttls = set.mock.calls.map(([, , ttlMs = 0]) => ttlMs);
    expect(ttls.map((ttlMs) => ttlMs <= 10_000)).toEqual([true, true, false]);
  });
});

describe('a load that takes too long', () => {
  it('is an error, its signal aborts, and what it still gives is not stored', async () => {
    const { here } = twoProcesses();
    const { promise, resolve } = Promise.withResolvers<number>();
    let given: AbortSignal | undefined;
    const load = (signal: AbortSignal) => {
      given = signal;
      return promise;
    };

    await expect(here.getOrSet('k', '1m', load, { loadTimeout: '20ms' })).rejects.toMatchObject({
      code: 'EGGY_CACHE_LOAD_TIMEOUT',
      status: 503,
    });
    expect(given?.aborted).toBe(true);

    resolve(1);
    await promise;
    expect(await here.get('k')).toBeUndefined();
    expect(await here.getOrSet('k', '1m', () => 2, { loadTimeout: '20ms' })).toBe(2);
  });
});

describe('a load that ends by its signal', () => {
  it('has still taken too long', async () => {
    const { here } = twoProcesses();
    const load = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });

    await expect(here.getOrSet('k', '1m', load, { loadTimeout: '20ms' })).rejects.toMatchObject({
      code: 'EGGY_CACHE_LOAD_TIMEOUT',
    });
  });
});

describe('loads', () => {
  it('are counted by what became of them', async () => {
    const metrics = new Metrics();
    const cache = new CacheService(new MemoryCacheDriver(), {}, metrics);
    await cache.getOrSet('a', '20ms', () => 1, { staleOnError: '1h' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await cache.getOrSet('a', '20ms', fail, { staleOnError: '1h' });
    await cache.getOrSet('b', '1m', () => new Promise(() => undefined), { loadTimeout: '10ms' }).catch(() => undefined);
    const loads = await metrics.registry.getSingleMetric('eggy_cache_loads_total')?.get();

    expect(loads?.values.map(({ labels, value }) => [labels['result'], value])).toEqual([
      ['ok', 1],
      ['error', 1],
      ['stale', 1],
      ['timeout', 1],
    ]);
  });
});

describe('a lease', () => {
  const options = { lease: '10m' } as const;

  it('lets one process load, and the others wait for its value', async () => {
    const { here, there } = twoProcesses();
    const first = gate<object>();
    const second = jest.fn(fail);
    const loading = here.getOrSet('k', '1m', first.load, options);
    const waiting = there.getOrSet('k', '1m', second, options);
    setTimeout(() => first.open({ n: 1 }), 100);

    expect(await Promise.all([loading, waiting])).toEqual([{ n: 1 }, { n: 1 }]);
    expect(second).not.toHaveBeenCalled();
    expect(await there.get('k')).toEqual({ n: 1 });
  });

  it.each([
    ['fails', (load: ReturnType<typeof gate<number>>) => load.fail(new Error('no database'))],
    ['finds nothing', (load: ReturnType<typeof gate<number>>) => load.open(undefined as never)],
    ['finds what cannot be cached', (load: ReturnType<typeof gate<number>>) => load.open(Symbol('x') as never)],
  ])('goes to the next one when the load %s', async (_, end) => {
    const { here, there } = twoProcesses();
    const first = gate<number>();
    const loading = here.getOrSet('k', '1m', first.load, options).catch(() => 'failed');
    const waiting = there.getOrSet('k', '1m', () => 2, options);
    end(first);

    expect(await waiting).toBe(2);
    await loading;
    expect(await here.get('k')).toBe(2);
  });

  it('is a miss for others, and is waited for no longer than it lasts', async () => {
    const { here, there } = twoProcesses();
    const stuck = gate<number>();
    const loading = here.getOrSet('k', '1m', stuck.load, { lease: '50ms' });
    const waiting = there.getOrSet('k', '1m', () => 2, { lease: '50ms' });

    expect(await there.get('k')).toBeUndefined();
    expect(await there.exists('k')).toBe(false);
    expect(await waiting).toBe(2);
    stuck.open(1);
    expect(await loading).toBe(1);
    // It came back after its lease was over: the later value stays.
    expect(await here.get('k')).toBe(2);
  });

  it.each(['evict', 'delete'] as const)(
    'keeps what another process has overtaken by %s out of the cache',
    async (how) => {
      const { here, there } = twoProcesses();
      const first = gate<string>();
      const loading = here.getOrSet('k', '1m', first.load, options);
      while (first.load.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await there[how]('k');
      first.open('older than the eviction');

      expect(await loading).toBe('older than the eviction');
      expect(await here.get('k')).toBeUndefined();
      expect(await there.getOrSet('k', '1m', () => 'newer', options)).toBe('newer');
    },
  );

  it('keeps a value that is over for when the load fails', async () => {
    const { here, there } = twoProcesses();
    const both = { ...options, staleOnError: '1h' } as const;
    await here.getOrSet('k', '50ms', () => 'old', both);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const first = gate<string>();
    const loading = here.getOrSet('k', '1m', first.load, both);
    const waiting = there.getOrSet('k', '1m', fail, both);
    first.fail(new Error('no database'));

    expect(await Promise.all([loading, waiting])).toEqual(['old', 'old']);
  });
});
