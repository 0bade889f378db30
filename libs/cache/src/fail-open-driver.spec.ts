import { Metrics } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CacheUnavailableError, CacheValueTooLargeError } from './cache.errors.js';
import { FailOpenDriver } from './fail-open-driver.js';
import { MemoryCacheDriver } from './memory-driver.js';

class FailingDriver extends MemoryCacheDriver {
  constructor(private readonly error: Error) {
    super();
  }
  #fail = () => Promise.reject(this.error);
  override get = this.#fail;
  override getMulti = this.#fail;
  override set = this.#fail;
  override delete = this.#fail;
  override increment = this.#fail;
}

const value = Buffer.from('1');
const text = (bytes: Buffer) => bytes.toString();

async function counts(metrics: Metrics): Promise<Record<string, number>> {
  const metric = await metrics.registry.getSingleMetric('eggy_cache_operations_total')?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map((series) => [Object.values(series.labels).join(' '), series.value]),
  );
}

describe('FailOpenDriver', () => {
  const lines: unknown[] = [];
  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => lines.push(line));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('turns failed reads into misses and failed writes into false', async () => {
    const driver = new FailOpenDriver(new FailingDriver(new Error('Gone.')));
    expect(await driver.get('a', 'get', text)).toBeUndefined();
    expect(await driver.getMulti(['a', 'b'], text)).toEqual(new Map());
    expect(await driver.set('a', value, 1)).toBe(false);
    expect(await driver.delete('a')).toBe(false);
    expect(await driver.increment('a', 1, 1)).toBeUndefined();
    expect(lines).toEqual([
      'Reads are misses and writes are lost until the cache works again; `get` failed first: Gone.',
    ]);
  });

  it.each([
    ['timeout', 'timeout'],
    ['down', 'unavailable'],
    ['busy', 'unavailable'],
    ['closed', 'unavailable'],
    ['protocol', 'error'],
    ['refused', 'error'],
  ] as const)('counts the failure %s as %s', async (reason, result) => {
    const metrics = new Metrics();
    await new FailOpenDriver(new FailingDriver(new CacheUnavailableError(reason, 'Gone')), metrics).get(
      'a',
      'get',
      text,
    );
    expect(await counts(metrics)).toEqual({ [`get ${result}`]: 1 });
  });

  it('counts hits, misses, successes and what it cannot read, and how long all of it takes', async () => {
    const metrics = new Metrics();
    const driver = new FailOpenDriver(new MemoryCacheDriver(), metrics);
    await driver.set('a', value, 1000);
    await driver.get('a', 'get', text);
    await driver.get('b', 'exists', text);
    await driver.getMulti(['a', 'b', 'c'], text);
    await driver.get('a', 'get', () => {
      throw new TypeError('not ours');
    });
    await driver.delete('a');
    await driver.increment('n', 1, 1000);
    expect(await counts(metrics)).toEqual({
      'set ok': 1,
      'get hit': 1,
      'exists miss': 1,
      'getMany hit': 1,
      'getMany miss': 2,
      'get corrupt': 1,
      'delete ok': 1,
      'increment ok': 1,
    });
    expect(await metrics.registry.metrics()).toContain(
      'eggy_cache_operation_duration_seconds_count{operation="get"} 2',
    );
  });

  it('says once that values are too large, and that is no outage', async () => {
    const metrics = new Metrics();
    const driver = new FailOpenDriver(new FailingDriver(new CacheValueTooLargeError(2, 1)), metrics);
    expect([await driver.set('a', value, 1), await driver.set('a', value, 1)]).toEqual([false, false]);
    expect(lines).toEqual([expect.stringContaining('A value of 2 bytes is larger than the cache takes')]);
    expect(await counts(metrics)).toEqual({ 'set too_large': 2 });
  });

  it('does not hide mistakes of the caller', async () => {
    const driver = new FailOpenDriver(new MemoryCacheDriver());
    await expect(driver.set('a', value, 0.5)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    await driver.set('a', Buffer.from('x'), 1000);
    await expect(driver.increment('a', 1, 1000)).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
    expect(lines).toEqual([]);
  });
});
