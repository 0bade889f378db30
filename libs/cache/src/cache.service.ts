import { ArgumentError } from '@eggybyte/errors';
import type { Metrics } from '@eggybyte/observability';
import type { CacheDriver } from './cache-driver.js';
import { CacheKeys } from './cache-keys.js';
import { CacheCore, CacheSpace, type DeleteOptions } from './cache-space.js';
import { CacheUnavailableError } from './cache.errors.js';
import { type CacheOptions, resolveCacheOptions } from './cache.options.js';
import { FailOpenDriver } from './fail-open-driver.js';
import { KeyGeneration } from './key-generation.js';

/** The cache: see {@link CacheSpace} for what all of its operations have in common. */
export class CacheService extends CacheSpace {
  readonly #keys: CacheKeys;

  /** @throws ArgumentError */
  constructor(
    driver: CacheDriver | FailOpenDriver,
    options: Pick<CacheOptions, 'defaultTtl' | 'keyPrefix'> = {},
    metrics?: Metrics,
  ) {
    const { keyPrefix, defaultTtlMs } = resolveCacheOptions(options);
    const keys = new CacheKeys(keyPrefix);
    super(
      new CacheCore(driver instanceof FailOpenDriver ? driver : new FailOpenDriver(driver, metrics), defaultTtlMs),
      (key) => keys.of(key),
    );
    this.#keys = keys;
  }

  /**
   * Keys of their own, which can be cleared together. Make it once and keep it: each asks once a second whether another
   * process has cleared it.
   *
   * @throws ArgumentError
   */
  namespace(name: string): CacheNamespace {
    return new CacheNamespace(this.core, this.#keys, name);
  }
}

/** A part of the cache that can be cleared. */
export class CacheNamespace extends CacheSpace {
  readonly #generation: KeyGeneration;

  /** @throws ArgumentError */
  constructor(core: CacheCore, keys: CacheKeys, name: string) {
    if (typeof name !== 'string' || name === '') throw new ArgumentError('namespace', 'a text that is not empty', name);
    const generation = new KeyGeneration(core.driver, keys.of(name, 'g:'));
    super(core, async (key) => keys.of(`${name}:${await generation.current()}:${key}`, 'n:'));
    this.#generation = generation;
  }

  /**
   * Removes all of its values: what it has cost does not depend on how many there are, as they are forgotten and not
   * deleted. Here at once, in other processes within a second. A load under way stores what nobody will read.
   *
   * @returns `false` when no server confirmed it, so that other processes still read what there was.
   * @throws CacheUnavailableError instead of `false` when it is `required`.
   */
  async clear({ required = false }: DeleteOptions = {}): Promise<boolean> {
    const isCleared = await this.#generation.renew();
    if (required && !isCleared) {
      throw new CacheUnavailableError('down', 'The namespace could not be cleared', {
        why: 'no server confirmed it, and other processes still read what there was',
      });
    }
    return isCleared;
  }
}
