import type { Duration } from '@eggybyte/errors';
import { currentUnitOfWork, type Metrics } from '@eggybyte/observability';
import type { CacheDriver } from './cache-driver.js';
import { CacheKeys } from './cache-keys.js';
import { above0, type CacheOptions, resolveCacheOptions } from './cache.options.js';
import { FailOpenDriver } from './fail-open-driver.js';
import { Flights } from './flights.js';
import { PendingEvictions } from './pending-evictions.js';
import { type CacheClass, decodeValue, encodeValue } from './value-codec.js';

/** How a value of type `T` is stored and restored. */
export interface ValueOptions<T> {
  /** The class of the value, or of the elements of an array: instances come back as instances, without running the constructor. */
  as?: CacheClass<T extends readonly (infer Element)[] ? Element : NonNullable<T>> | undefined;
}

/** Loads that begin together must not end together: each value lives up to this share less than asked for. */
const JITTER = 0.1;

/**
 * The cache. Whatever happens to its server, no operation rejects because of it and none waits for an answer longer
 * than the driver's deadline: a failed read is a miss, a failed write is `false`.
 *
 * Values come back as they went in and belong to whoever asked. What could not come back so is a `CacheValueError`,
 * whether the cache is up or not. Keys are any strings.
 */
export class CacheService {
  readonly #driver: FailOpenDriver;
  readonly #keys: CacheKeys;
  readonly #defaultTtlMs: number;
  readonly #flights = new Flights<{ value: unknown; bytes?: Buffer }>();
  readonly #pending = new PendingEvictions(async (keys) => {
    await Promise.all([...keys].map((key) => this.#remove(key)));
  });

  /** @throws ArgumentError */
  constructor(
    driver: CacheDriver | FailOpenDriver,
    options: Pick<CacheOptions, 'defaultTtl' | 'keyPrefix'> = {},
    metrics?: Metrics,
  ) {
    const { keyPrefix, defaultTtlMs } = resolveCacheOptions(options);
    this.#driver = driver instanceof FailOpenDriver ? driver : new FailOpenDriver(driver, metrics);
    this.#keys = new CacheKeys(keyPrefix);
    this.#defaultTtlMs = defaultTtlMs;
  }

  /** The value, or `undefined` for a miss. */
  async get<T>(key: string, { as }: ValueOptions<T> = {}): Promise<T | undefined> {
    return this.#driver.get(this.#keys.of(key), 'get', (bytes) => decodeValue(bytes, as) as T);
  }

  /** What was found, by key: a round trip to each server for each hundred keys, not one for each key. */
  async getMany<T>(keys: readonly string[], { as }: ValueOptions<T> = {}): Promise<Map<string, T>> {
    const stored = new Map(keys.map((key) => [this.#keys.of(key), key]));
    const found = await this.#driver.getMulti([...stored.keys()], (bytes) => decodeValue(bytes, as) as T);
    return new Map([...found].map(([key, value]) => [stored.get(key) ?? key, value]));
  }

  /**
   * Stores a value for `ttl`, above 0, by default the `defaultTtl`; at once, also in a transaction.
   *
   * @returns `false` when it could not be stored.
   * @throws ArgumentError, CacheValueError
   */
  async set<T>(key: string, value: T, ttl?: Duration, { as }: ValueOptions<T> = {}): Promise<boolean> {
    const stored = this.#keys.of(key);
    const ttlMs = this.#ttlMs(ttl);
    const bytes = encodeValue(value, as);
    await this.#flights.ground(stored);
    return this.#driver.set(stored, bytes, ttlMs);
  }

  /**
   * Removes a value now, also in a transaction; a load under way in this process will not store what it loads.
   *
   * @returns `true` when the key is certainly gone, also if it was not there; `false` when no server confirmed it, so
   * that a value may be read again until its time is over.
   */
  async delete(key: string): Promise<boolean> {
    return this.#remove(this.#keys.of(key));
  }

  /** Like {@link delete}, but in a transaction it waits for the commit, and a rollback drops it. */
  async evict(...keys: readonly string[]): Promise<void> {
    const unit = currentUnitOfWork();
    const stored = keys.map((key) => this.#keys.of(key));
    if (unit) stored.forEach((key) => this.#pending.add(unit, key));
    else await Promise.all(stored.map((key) => this.#remove(key)));
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#driver.get(this.#keys.of(key), 'exists', () => true)) ?? false;
  }

  /**
   * Adds `by`, a whole number from 1, to a counter in one step. It starts at 0 and lives for `ttl` from then on, by
   * default the `defaultTtl`: later calls do not prolong it.
   *
   * @returns the sum; `undefined` when it could not be counted.
   * @throws CacheValueError when the key holds something else than a counter.
   */
  async increment(key: string, by = 1, ttl?: Duration): Promise<number | undefined> {
    return this.#driver.increment(this.#keys.of(key), by, this.#ttlMs(ttl));
  }

  /**
   * The cached value, else what `load` resolves to, which is then stored for `ttl` (by default the `defaultTtl`) less
   * up to a tenth. `undefined` is not stored. Of concurrent callers in this process one loads, and each gets a value
   * of its own; an error of `load` reaches all of them.
   *
   * In a transaction nothing is stored, as it may never be committed, and what the transaction evicts is loaded.
   *
   * @throws ArgumentError, CacheValueError, and whatever `load` throws.
   */
  async getOrSet<T>(
    key: string,
    ttl: Duration | undefined,
    load: () => T | Promise<T>,
    { as }: ValueOptions<T> = {},
  ): Promise<T> {
    const stored = this.#keys.of(key);
    const ttlMs = this.#ttlMs(ttl);
    const read = () => this.#driver.get(stored, 'get', (bytes) => ({ bytes, value: decodeValue(bytes, as) as T }));
    const unit = currentUnitOfWork();
    if (unit) {
      const found = this.#pending.has(unit, stored) ? undefined : await read();
      return found ? found.value : load();
    }

    const { value: result, joined } = await this.#flights.share(stored, async (flight) => {
      const found = await read();
      if (found) return found;
      const value = await load();
      if (value === undefined) return { value };
      const bytes = encodeValue(value, as);
      flight.write = flight.grounded ? undefined : this.#driver.set(stored, bytes, jittered(ttlMs));
      await flight.write;
      return { bytes, value };
    });
    return (joined && result.bytes ? decodeValue(result.bytes, as) : result.value) as T;
  }

  async #remove(stored: string): Promise<boolean> {
    await this.#flights.ground(stored);
    return this.#driver.delete(stored);
  }

  #ttlMs(ttl: Duration | undefined): number {
    return ttl === undefined ? this.#defaultTtlMs : above0(ttl, 'ttl');
  }
}

function jittered(ttlMs: number): number {
  return Math.max(1, Math.round(ttlMs * (1 - Math.random() * JITTER)));
}
