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
  override decrement = this.#fail;
  override add = this.#fail;
  override replace = this.#fail;
  override touch = this.#fail;
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
    expect(await driver.decrement('a', 1)).toBeUndefined();
    expect(await driver.add('a', value, 1)).toBeUndefined();
    expect(await driver.replace('a', value, value, 1)).toBe(false);
    expect(await driver.touch('a', 1)).toBe(false);
    expect(lines).toEqual([
      'Reads are misses and writes are lost until the cache works again; `get` failed first: Gone.',
    ]);
  });

  it('tells of a removal that failed when it is required', async () => {
    const error = new CacheUnavailableError('down', 'Gone');
    const driver = new FailOpenDriver(new FailingDriver(error));

    await expect(driver.delete('a', true)).rejects.toBe(error);
  });

  it('asks and counts each server by itself', async () => {
    class TwoServers extends MemoryCacheDriver {
      override readonly endpoints = ['up:1', 'down:2'] as never;
      override serverOf = (key: string) => (key === 'a' ? 'up:1' : 'down:2');
      override isUp = (server: string) => server === 'up:1';
      override async getMulti(keys: readonly string[]) {
        if (keys.includes('b')) throw new CacheUnavailableError('down', 'Gone');
        return super.getMulti(keys);
      }
    }
    const metrics = new Metrics();
    const driver = new FailOpenDriver(new TwoServers(), metrics);
    await driver.set('a', value, 1000);

    expect(await driver.getMulti(['a', 'b', 'c'], text)).toEqual(new Map([['a', '1']]));
    expect(await counts(metrics)).toEqual({
      'set ok up:1': 1,
      'getMany hit up:1': 1,
      'getMany bypassed down:2': 1,
    });
    expect(await metrics.registry.metrics()).toContain('eggy_cache_server_up{server="down:2"} 0');
  });

  it.each([
    ['timeout', 'timeout'],
    ['down', 'bypassed'],
    ['busy', 'bypassed'],
    ['closed', 'bypassed'],
    ['protocol', 'error'],
    ['refused', 'error'],
  ] as const)('counts the failure %s as %s', async (reason, result) => {
    const metrics = new Metrics();
    await new FailOpenDriver(new FailingDriver(new CacheUnavailableError(reason, 'Gone')), metrics).get(
      'a',
      'get',
      text,
    );
    expect(await counts(metrics)).toEqual({ [`get ${result} memory`]: 1 });
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
    await driver.decrement('n', 1);
    await driver.add('n', value, 1000);
    await driver.add('m', value, 1000);
    await driver.replace('m', value, value, 1000);
    await driver.replace('m', Buffer.from('other'), value, 1000);
    await driver.touch('m', 1000);
    await driver.touch('x', 1000);
    expect(await counts(metrics)).toEqual({
      'set ok memory': 1,
      'get hit memory': 1,
      'exists miss memory': 1,
      'getMany hit memory': 1,
      'getMany miss memory': 2,
      'get corrupt memory': 1,
      'delete ok memory': 1,
      'increment ok memory': 1,
      'decrement ok memory': 1,
      'add taken memory': 1,
      'add ok memory': 1,
      'replace ok memory': 1,
      'replace taken memory': 1,
      'touch ok memory': 1,
      'touch miss memory': 1,
    });
    expect(await metrics.registry.metrics()).toContain(
      'eggy_cache_operation_duration_seconds_count{operation="get",server="memory"} 2',
    );
  });

  it('says once that values are too large, and that is no outage', async () => {
    const metrics = new Metrics();
    const driver = new FailOpenDriver(new FailingDriver(new CacheValueTooLargeError(2, 1)), metrics);
    expect([await driver.set('a', value, 1), await driver.set('a', value, 1)]).toEqual([false, false]);
    expect(lines).toEqual([expect.stringContaining('A value of 2 bytes is larger than the cache takes')]);
    expect(await counts(metrics)).toEqual({ 'set too_large memory': 2 });
  });

  it('does not hide mistakes of the caller', async () => {
    const driver = new FailOpenDriver(new MemoryCacheDriver());
    await expect(driver.set('a', value, 0.5)).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    await driver.set('a', Buffer.from('x'), 1000);
    await expect(driver.increment('a', 1, 1000)).rejects.toMatchObject({ code: 'EGGY_CACHE_VALUE' });
    expect(lines).toEqual([]);
  });
});
