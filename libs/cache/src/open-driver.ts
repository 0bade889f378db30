import type { CacheDriver } from './cache-driver.js';
import type { ResolvedCacheOptions } from './cache.options.js';
import { GuardedDriver } from './guarded-driver.js';
import { MemcachedDriver } from './memcached/memcached-driver.js';
import { MemoryCacheDriver } from './memory-driver.js';

/**
 * The driver that the options ask for: the given one, memcached, or memory. memcached is connected or has failed once;
 * a server that is down is no error.
 */
export async function openDriver(options: ResolvedCacheOptions): Promise<CacheDriver> {
  const { driver, servers, timeoutMs, connectTimeoutMs, tls, credentials } = options;
  if (driver) return new GuardedDriver(typeof driver === 'function' ? await driver() : driver, timeoutMs);
  if (servers.length === 0) return new MemoryCacheDriver();
  const memcached = new MemcachedDriver({
    servers,
    timeout: timeoutMs,
    connectTimeout: connectTimeoutMs,
    tls,
    credentials,
  });
  await memcached.connected();
  return memcached;
}
