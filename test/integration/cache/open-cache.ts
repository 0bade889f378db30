import { CacheService, type MemcachedOptions } from '@eggybyte/cache';
import { openMemcached, type TestDriver } from './open-memcached.js';

/** A cache as services use it, over memcached; its driver closes with its test. */
export interface TestCache extends AsyncDisposable {
  cache: CacheService;
  driver: TestDriver;
}

export async function openCache(
  servers: readonly string[],
  options: Partial<MemcachedOptions> = {},
): Promise<TestCache> {
  const driver = await openMemcached(servers, options);
  return { cache: new CacheService(driver), driver, [Symbol.asyncDispose]: () => driver.close() };
}
