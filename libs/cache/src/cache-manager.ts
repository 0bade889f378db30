import { createRequire } from 'node:module';
import type { Cache as CacheManager } from 'cache-manager';
import type { CacheKeys } from './cache-keys.js';
import type { FailOpenDriver } from './fail-open-driver.js';
import { KeyvStore } from './keyv-store.js';

/** The token that `@nestjs/cache-manager` injects its cache by. */
export const CACHE_MANAGER = 'CACHE_MANAGER';

/**
 * cache-manager's cache over the same servers, for code that is written for it; injected as `Cache` or by
 * {@link CACHE_MANAGER}. The packages behind it load with the first use. An outage is a miss here too, but its `del`
 * has no way to tell: `CacheService.delete` has.
 */
export class Cache implements CacheManager {
  #manager: CacheManager | undefined;

  /** @param ttlMs time to live of values that are stored without one; cache-manager's 0 is "until pushed out". */
  constructor(
    private readonly driver: FailOpenDriver,
    private readonly keys: CacheKeys,
    private readonly ttlMs: number,
  ) {}

  get get(): CacheManager['get'] {
    return this.#loaded.get;
  }
  get mget(): CacheManager['mget'] {
    return this.#loaded.mget;
  }
  get ttl(): CacheManager['ttl'] {
    return this.#loaded.ttl;
  }
  get set(): CacheManager['set'] {
    return this.#loaded.set;
  }
  get mset(): CacheManager['mset'] {
    return this.#loaded.mset;
  }
  get del(): CacheManager['del'] {
    return this.#loaded.del;
  }
  get mdel(): CacheManager['mdel'] {
    return this.#loaded.mdel;
  }
  get clear(): CacheManager['clear'] {
    return this.#loaded.clear;
  }
  get wrap(): CacheManager['wrap'] {
    // oxlint-disable-next-line typescript/unbound-method -- a closure like all the others, only typed as a method
    return this.#loaded.wrap;
  }
  get on(): CacheManager['on'] {
    return this.#loaded.on;
  }
  get off(): CacheManager['off'] {
    return this.#loaded.off;
  }
  get cacheId(): CacheManager['cacheId'] {
    return this.#loaded.cacheId;
  }
  get stores(): CacheManager['stores'] {
    return this.#loaded.stores;
  }

  /** Does nothing: the application closes the servers, after its last request. */
  async disconnect(): Promise<undefined> {
    return undefined;
  }

  get #loaded(): CacheManager {
    this.#manager ??= create(new KeyvStore(this.driver, this.keys), this.ttlMs);
    return this.#manager;
  }
}

/** By `require`, as half of the interface is synchronous and `import()` is not. */
function create(store: KeyvStore, ttl: number): CacheManager {
  const require = createRequire(import.meta.url);
  const { createCache } = require('cache-manager') as typeof import('cache-manager');
  const { Keyv } = require('keyv') as typeof import('keyv');
  // With a namespace of its own Keyv prefixes get and getMany differently; the store prefixes by itself.
  return createCache({ stores: [new Keyv({ store, useKeyPrefix: false })], ttl });
}
