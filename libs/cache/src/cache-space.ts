import type { Duration } from '@eggybyte/errors';
import { currentUnitOfWork, type UnitOfWork } from '@eggybyte/observability';
import { freshValue } from './cache-entry.js';
import { CacheLoader, type Load, type Loaded } from './cache-loader.js';
import { above0 } from './cache.options.js';
import type { FailOpenDriver } from './fail-open-driver.js';
import { Flights } from './flights.js';
import { type LoadOptions, resolveLoad, type ValueOptions } from './load-options.js';
import { PendingWrites } from './pending-writes.js';
import { decodeValue, encodeValue } from './value-codec.js';

/** What a cache and its namespaces have in common: both know keys by how they are stored. */
export class CacheCore {
  readonly loader: CacheLoader;
  readonly flights = new Flights<Loaded>();
  readonly pending = new PendingWrites();

  constructor(
    readonly driver: FailOpenDriver,
    readonly defaultTtlMs: number,
  ) {
    this.loader = new CacheLoader(driver);
  }
}

/** How a key of the user's is stored. */
export type StoredKeys = (key: string) => string | Promise<string>;

/** How sure a removal has to be. */
export interface DeleteOptions {
  /** Whether a removal that no server confirms is an error, as what is stored must not be read any more. @default false */
  required?: boolean;
}

/**
 * Values under keys. Whatever happens to the cache's server, no operation rejects because of it and none waits for an
 * answer longer than the driver's deadline: a failed read is a miss, a failed write is `false`.
 *
 * Values come back as they went in and belong to whoever asked. What could not come back so is a `CacheValueError`,
 * whether the cache is up or not. Keys are any strings.
 */
export abstract class CacheSpace {
  protected constructor(
    protected readonly core: CacheCore,
    private readonly storedKey: StoredKeys,
  ) {}

  /** The value, or `undefined` for a miss. */
  async get<T>(key: string, { as }: ValueOptions<T> = {}): Promise<T | undefined> {
    return this.core.driver.get(await this.storedKey(key), 'get', (bytes) => valueOf<T>(bytes, as));
  }

  /** What was found, by key: a round trip to each server for each hundred keys, not one for each key. */
  async getMany<T>(keys: readonly string[], { as }: ValueOptions<T> = {}): Promise<Map<string, T>> {
    const stored = await Promise.all(keys.map(async (key) => this.storedKey(key)));
    const names = new Map(stored.map((each, at) => [each, keys[at] as string]));
    const found = await this.core.driver.getMulti(stored, (bytes) => valueOf<T>(bytes, as));
    return new Map([...found].map(([key, value]) => [names.get(key) ?? key, value]));
  }

  async exists(key: string): Promise<boolean> {
    const isThere = (bytes: Buffer) => (freshValue(bytes) ? true : undefined);
    return (await this.core.driver.get(await this.storedKey(key), 'exists', isThere)) ?? false;
  }

  /**
   * Stores a value for `ttl`, above 0, by default the `defaultTtl`; at once, also in a transaction.
   *
   * @returns `false` when it could not be stored.
   * @throws ArgumentError, CacheValueError
   */
  async set<T>(key: string, value: T, ttl?: Duration, { as }: ValueOptions<T> = {}): Promise<boolean> {
    const ttlMs = this.#ttlMs(ttl);
    const bytes = encodeValue(value, as);
    const stored = await this.storedKey(key);
    await this.core.flights.ground(stored);
    return this.core.driver.set(stored, bytes, ttlMs);
  }

  /** Like {@link set} for each of them; all are sent together. @returns `false` when one could not be stored. */
  async setMany<T>(
    entries: Iterable<readonly [key: string, value: T]>,
    ttl?: Duration,
    options: ValueOptions<T> = {},
  ): Promise<boolean> {
    const all = await Promise.all([...entries].map(([key, value]) => this.set(key, value, ttl, options)));
    return all.every(Boolean);
  }

  /** Like {@link set}, where nothing is stored, in one step. @returns `true` when this call stored it. */
  async add<T>(key: string, value: T, ttl?: Duration, { as }: ValueOptions<T> = {}): Promise<boolean> {
    const ttlMs = this.#ttlMs(ttl);
    const bytes = encodeValue(value, as);
    return (await this.core.driver.add(await this.storedKey(key), bytes, ttlMs)) ?? false;
  }

  /** Gives what is stored another time to live, from now on, by default the `defaultTtl`. @returns whether there was something. */
  async touch(key: string, ttl?: Duration): Promise<boolean> {
    const ttlMs = this.#ttlMs(ttl);
    return this.core.driver.touch(await this.storedKey(key), ttlMs);
  }

  /**
   * Removes a value now, also in a transaction; a load under way in this process will not store what it loads.
   *
   * @returns `true` when the key is certainly gone, also if it was not there; `false` when no server confirmed it, so
   * that a value may be read again until its server is back, which deletes it first, or its time is over.
   * @throws CacheUnavailableError instead of `false` when it is `required`.
   */
  async delete(key: string, { required = false }: DeleteOptions = {}): Promise<boolean> {
    return this.#remove(await this.storedKey(key), required);
  }

  /** Like {@link delete} for each of them; all are sent together. */
  async deleteMany(keys: readonly string[], options: DeleteOptions = {}): Promise<boolean> {
    const all = await Promise.all(keys.map((key) => this.delete(key, options)));
    return all.every(Boolean);
  }

  /** Like {@link delete}, but in a transaction it waits for the commit, and a rollback drops it. */
  async evict(...keys: readonly string[]): Promise<void> {
    const unit = currentUnitOfWork();
    await Promise.all(
      keys.map(async (key) => {
        const stored = await this.storedKey(key);
        await this.#whenCommitted(unit, stored, () => this.#remove(stored, false));
      }),
    );
  }

  /**
   * Like {@link set}, but in a transaction it waits for the commit, and a rollback drops it. `undefined` evicts.
   *
   * @throws ArgumentError, CacheValueError, both at once.
   */
  async put<T>(key: string, value: T, ttl?: Duration, { as }: ValueOptions<T> = {}): Promise<void> {
    if (value === undefined) return this.evict(key);
    const ttlMs = this.#ttlMs(ttl);
    const bytes = encodeValue(value, as);
    const unit = currentUnitOfWork();
    const stored = await this.storedKey(key);
    return this.#whenCommitted(unit, stored, async () => {
      await this.core.flights.ground(stored);
      await this.core.driver.set(stored, bytes, ttlMs);
    });
  }

  /**
   * Adds `by`, a whole number from 1, to a counter in one step. It starts at 0 and lives for `ttl` from then on, by
   * default the `defaultTtl`: later calls do not prolong it.
   *
   * @returns the sum; `undefined` when it could not be counted.
   * @throws CacheValueError when the key holds something else than a counter.
   */
  async increment(key: string, by = 1, ttl?: Duration): Promise<number | undefined> {
    const ttlMs = this.#ttlMs(ttl);
    return this.core.driver.increment(await this.storedKey(key), by, ttlMs);
  }

  /**
   * Takes `by`, a whole number from 1, from a counter in one step: never below 0, where also a missing one stands.
   *
   * @returns what is left; `undefined` when it could not be counted.
   * @throws CacheValueError when the key holds something else than a counter.
   */
  async decrement(key: string, by = 1): Promise<number | undefined> {
    return this.core.driver.decrement(await this.storedKey(key), by);
  }

  /**
   * The cached value, else what `load` resolves to, which is then stored for `ttl` (by default the `defaultTtl`) less
   * up to a tenth. `undefined` is not stored unless there is a `negativeTtl`. Of concurrent callers in this process one
   * loads, and each gets a value of its own; an error of `load` reaches all of them.
   *
   * In a transaction nothing is stored, as it may never be committed, and what the transaction evicts is loaded.
   *
   * @throws ArgumentError, CacheValueError, CacheLoadTimeoutError, and whatever `load` throws.
   */
  async getOrSet<T>(key: string, ttl: Duration | undefined, load: Load<T>, options: LoadOptions<T> = {}): Promise<T> {
    const { loader, flights, pending } = this.core;
    const ttlMs = this.#ttlMs(ttl);
    const resolved = resolveLoad(options);
    const unit = currentUnitOfWork();
    const stored = await this.storedKey(key);
    if (unit) {
      const found = pending.has(unit, stored) ? undefined : await loader.find(stored, resolved);
      return found ? (found.value as T) : loader.load(load, resolved);
    }
    const fill = (flight: Parameters<typeof loader.fill>[0]) => loader.fill(flight, stored, ttlMs, load, resolved);
    const { value: loaded, joined } = await flights.share(stored, fill);
    return (joined && loaded.bytes ? decodeValue(loaded.bytes, resolved.as) : loaded.value) as T;
  }

  async #whenCommitted(unit: UnitOfWork | undefined, stored: string, write: () => Promise<unknown>): Promise<void> {
    if (unit) this.core.pending.add(unit, stored, write);
    else await write();
  }

  async #remove(stored: string, required: boolean): Promise<boolean> {
    await this.core.flights.ground(stored);
    return this.core.driver.delete(stored, required);
  }

  #ttlMs(ttl: Duration | undefined): number {
    return ttl === undefined ? this.core.defaultTtlMs : above0(ttl, 'ttl');
  }
}

function valueOf<T>(bytes: Buffer, as: ValueOptions<T>['as']): T | undefined {
  const value = freshValue(bytes);
  return value && (decodeValue(value, as) as T);
}
