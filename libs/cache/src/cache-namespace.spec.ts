import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CacheService } from './cache.service.js';
import { MemoryCacheDriver } from './memory-driver.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a namespace', () => {
  it('keeps its keys apart from others', async () => {
    const cache = new CacheService(new MemoryCacheDriver());
    const [products, users] = [cache.namespace('products'), cache.namespace('users')];
    await Promise.all([cache.set('1', 'plain'), products.set('1', 'product'), users.set('1', 'user')]);

    expect([await cache.get('1'), await products.get('1'), await users.get('1')]).toEqual(['plain', 'product', 'user']);
    expect(await cache.namespace('products').get('1')).toBe('product');
    expect(await products.getMany(['1', '2'])).toEqual(new Map([['1', 'product']]));
    expect(await products.deleteMany(['1', '2'])).toBe(true);
    expect(await users.get('1')).toBe('user');
  });

  it('is empty once it is cleared, and nothing else is', async () => {
    const cache = new CacheService(new MemoryCacheDriver());
    const products = cache.namespace('products');
    await Promise.all([cache.set('1', 'plain'), products.setMany(new Map([['1', 'a'], ['2', 'b']]))]); // prettier-ignore

    expect(await products.clear()).toBe(true);
    expect(await products.getMany(['1', '2'])).toEqual(new Map());
    expect(await cache.get('1')).toBe('plain');
    await products.set('1', 'again');
    expect(await products.get('1')).toBe('again');
  });

  it('keeps what a load under way still stores from being read once it is cleared', async () => {
    const products = new CacheService(new MemoryCacheDriver()).namespace('products');
    const { promise, resolve } = Promise.withResolvers<string>();
    const loading = products.getOrSet('1', '1m', () => promise);
    await new Promise((done) => setImmediate(done));
    await products.clear();
    resolve('older than the clear');

    expect(await loading).toBe('older than the clear');
    expect(await products.get('1')).toBeUndefined();
  });

  it('is cleared in other processes too, within a second', async () => {
    const driver = new MemoryCacheDriver();
    const [here, there] = [new CacheService(driver).namespace('n'), new CacheService(driver).namespace('n')];
    await here.set('1', 'a');
    expect(await there.get('1')).toBe('a');
    const now = performance.now();
    await here.clear();
    jest.spyOn(performance, 'now').mockReturnValue(now + 1001);

    expect(await there.get('1')).toBeUndefined();
  });

  it('never goes back to what was there before it was cleared', async () => {
    const driver = new MemoryCacheDriver();
    const [here, there] = [new CacheService(driver).namespace('n'), new CacheService(driver).namespace('n')];
    await here.set('1', 'a');
    const generation = await driver.get('g:n');
    expect(generation).toBeDefined();
    await here.clear();
    // A server that was away comes back with what it had.
    await driver.set('g:n', generation as Buffer);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 1001);

    expect(await here.get('1')).toBeUndefined();
    expect(await there.get('1')).toBeUndefined();
  });

  it('survives a generation that is none of ours, and one that was pushed out', async () => {
    const driver = new MemoryCacheDriver();
    const cache = new CacheService(driver);
    await driver.set('g:n', Buffer.from('flush_all'));
    const space = cache.namespace('n');
    expect(await space.set('1', 'a')).toBe(true);
    expect(await space.get('1')).toBe('a');
    await driver.delete('g:n');
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 1001);

    expect(await space.get('1')).toBe('a');
    expect(await driver.get('g:n')).toBeDefined();
  });

  it.each(['', 7 as never])('is not called %j', (name) => {
    expect(() => new CacheService(new MemoryCacheDriver()).namespace(name)).toThrow('namespace');
  });
});
