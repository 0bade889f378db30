import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryCacheDriver } from './memory-driver.js';

const bytes = (text: string) => Buffer.from(text);

describe('MemoryCacheDriver', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('forgets the entry that was not used for longest', async () => {
    const driver = new MemoryCacheDriver({ maxEntries: 2 });
    await driver.set('a', bytes('1'));
    await driver.set('b', bytes('2'));
    await driver.get('a');
    await driver.set('c', bytes('3'));
    expect([...(await driver.getMulti(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c']);
  });

  it('stays within its bytes, keys included', async () => {
    const driver = new MemoryCacheDriver({ maxBytes: 10 });
    await driver.set('a', bytes('1234'));
    await driver.set('b', bytes('1234'));
    expect(await driver.get('a')).toEqual(bytes('1234'));
    await driver.set('c', bytes('1'));
    expect(await driver.get('b')).toBeUndefined();
  });

  it('counts a value that is replaced, deleted or over only once', async () => {
    const driver = new MemoryCacheDriver({ maxBytes: 12 });
    for (let round = 0; round < 5; round++) {
      await driver.set('a', bytes('12345'));
      await driver.set('b', bytes('12345'), 1000);
      expect((await driver.getMulti(['a', 'b'])).size).toBe(2);
      if (round % 2 === 0) await driver.delete('a');
      jest.advanceTimersByTime(1000);
      expect(await driver.get('b')).toBeUndefined();
    }
  });

  it('cannot hold a value larger than all of it, and holds nothing in its place', async () => {
    const driver = new MemoryCacheDriver({ maxBytes: 4 });
    await driver.set('a', bytes('12345'));
    expect(await driver.get('a')).toBeUndefined();
  });

  it('forgets a value at its time, whatever happens to the clock of the machine', async () => {
    const driver = new MemoryCacheDriver();
    await driver.set('a', bytes('1'), 1500);
    jest.setSystemTime(0);
    jest.advanceTimersByTime(1499);
    expect(await driver.get('a')).toEqual(bytes('1'));
    jest.advanceTimersByTime(1);
    expect(await driver.get('a')).toBeUndefined();
    expect(await driver.delete('a')).toBe(false);
  });

  it('does not prolong a counter', async () => {
    const driver = new MemoryCacheDriver();
    await driver.increment('n', 1, 1000);
    jest.advanceTimersByTime(900);
    expect(await driver.increment('n', 1, 1000)).toBe(2);
    jest.advanceTimersByTime(100);
    expect(await driver.increment('n', 1, 1000)).toBe(1);
  });

  it('rejects after its close and reports itself down', async () => {
    const driver = new MemoryCacheDriver();
    await driver.close();
    await expect(driver.get('a')).rejects.toMatchObject({ code: 'EGGY_CACHE_UNAVAILABLE', reason: 'closed' });
    expect(await driver.health()).toEqual([{ endpoint: 'memory', up: false }]);
  });
});
