import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GuardedDriver } from './guarded-driver.js';
import { MemoryCacheDriver } from './memory-driver.js';

const never = () => new Promise<never>(() => undefined);

class HangingDriver extends MemoryCacheDriver {
  override get = never;
  override getMulti = never;
  override set = never;
  override delete = never;
  override increment = never;
  override decrement = never;
  override add = never;
  override replace = never;
  override touch = never;
  override health = never;
}

describe('GuardedDriver', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, (driver: GuardedDriver) => Promise<unknown>]>([
    ['get', (driver) => driver.get('a')],
    ['getMulti', (driver) => driver.getMulti(['a'])],
    ['set', (driver) => driver.set('a', Buffer.from('1'))],
    ['delete', (driver) => driver.delete('a')],
    ['increment', (driver) => driver.increment('a', 1)],
    ['decrement', (driver) => driver.decrement('a', 1)],
    ['add', (driver) => driver.add('a', Buffer.from('1'))],
    ['replace', (driver) => driver.replace('a', Buffer.from('1'), Buffer.from('2'))],
    ['touch', (driver) => driver.touch('a', 1000)],
  ])('ends a %s that hangs', async (_, operation) => {
    const result = Promise.allSettled([operation(new GuardedDriver(new HangingDriver(), 250))]);
    await jest.advanceTimersByTimeAsync(250);
    expect(await result).toMatchObject([
      { status: 'rejected', reason: { code: 'EGGY_CACHE_UNAVAILABLE', reason: 'timeout' } },
    ]);
  });

  it('reports a health check that hangs as down', async () => {
    const health = new GuardedDriver(new HangingDriver(), 250).health();
    await jest.advanceTimersByTimeAsync(250);
    expect(await health).toEqual([
      { endpoint: 'memory', up: false, error: expect.objectContaining({ reason: 'timeout' }) },
    ]);
  });

  it('asks nothing any more once it is closed, and nothing that could not be sent', async () => {
    const get = jest.fn(never);
    const driver = new GuardedDriver(Object.assign(new HangingDriver(), { get }), 250);
    await expect(driver.get('a b')).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    await driver.close();
    await expect(driver.get('a')).rejects.toMatchObject({ reason: 'closed' });
    expect(get).not.toHaveBeenCalled();
  });

  it('passes everything on and leaves no timer behind', async () => {
    const driver = new GuardedDriver(new MemoryCacheDriver(), 250);
    await driver.set('a', Buffer.from('1'), 1000);
    expect(await driver.get('a')).toEqual(Buffer.from('1'));
    expect(await driver.getMulti(['a'])).toEqual(new Map([['a', Buffer.from('1')]]));
    expect(await driver.increment('a', 2)).toBe(3);
    expect(await driver.delete('a')).toBe(true);
    expect(await driver.health()).toEqual([{ endpoint: 'memory', up: true }]);
    await driver.close();
    await expect(driver.get('a')).rejects.toMatchObject({ reason: 'closed' });
    expect(jest.getTimerCount()).toBe(0);
    expect([driver.name, driver.endpoints]).toEqual(['memory', []]);
  });
});
