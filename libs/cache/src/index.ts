export { CacheDriver, type EndpointHealth } from './cache-driver.js';
export { CacheEvict, type CacheEvictOptions } from './cache-evict.js';
export { Cache, CACHE_MANAGER } from './cache-manager.js';
export {
  CacheClientError,
  type CacheFailure,
  CacheLoadTimeoutError,
  CacheUnavailableError,
  CacheValueError,
  CacheValueTooLargeError,
} from './cache.errors.js';
export { CacheHealthChecker } from './cache.health.js';
export { EggyCacheModule } from './cache.module.js';
export { CACHE_OPTIONS } from './cache.module-definition.js';
export type { CacheOptions } from './cache.options.js';
export { CachePut, type CachePutOptions } from './cache-put.js';
export { CacheNamespace, CacheService } from './cache.service.js';
export { CacheSpace, type DeleteOptions } from './cache-space.js';
export type { Load } from './cache-loader.js';
export type { LoadingOptions, LoadOptions, ValueOptions } from './load-options.js';
export { Cacheable, type CacheableOptions } from './cacheable.js';
export { memoryCache } from './memory-cache.js';
export type { CacheCredentials, CacheCredentialsOption } from './memcached/cache-credentials.js';
export type { CacheTls, CacheTlsOption } from './memcached/cache-tls.js';
export { MemcachedDriver, type MemcachedOptions } from './memcached/memcached-driver.js';
export { MemoryCacheDriver, type MemoryCacheOptions } from './memory-driver.js';
export type { CacheClass } from './value-codec.js';
