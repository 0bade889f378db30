import type { CacheOptions } from './cache.options.js';
import { CacheService } from './cache.service.js';
import { MemoryCacheDriver, type MemoryCacheOptions } from './memory-driver.js';

/**
 * A cache in memory for unit tests and scripts: the same rules as with a server, copies and errors included. Nothing to close.
 *
 * @throws ArgumentError
 */
export function memoryCache(
  options: MemoryCacheOptions & Pick<CacheOptions, 'defaultTtl' | 'keyPrefix'> = {},
): CacheService {
  const { defaultTtl, keyPrefix, ...limits } = options;
  return new CacheService(new MemoryCacheDriver(limits), {
    ...(defaultTtl !== undefined && { defaultTtl }),
    ...(keyPrefix !== undefined && { keyPrefix }),
  });
}
