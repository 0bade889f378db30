import type { KeyvStoreAdapter } from 'keyv';
import type { CacheKeys } from './cache-keys.js';
import type { FailOpenDriver } from './fail-open-driver.js';
import { KeyGeneration } from './key-generation.js';

/**
 * What Keyv, and so cache-manager, stores in: the same servers as `CacheService`, in a space of its own. Keyv writes
 * text that holds value and expiry. `clear` begins a new generation of keys, as memcached can only be emptied for all
 * of its users.
 */
export class KeyvStore implements KeyvStoreAdapter {
  /** Keyv wants both to be there. */
  readonly opts = {};
  namespace?: string;
  readonly #generation: KeyGeneration;

  constructor(
    private readonly driver: FailOpenDriver,
    private readonly keys: CacheKeys,
  ) {
    this.#generation = new KeyGeneration(driver, keys.of('generation', 'm:'));
  }

  /** Typed as Keyv wants it, which takes the text apart itself. */
  async get<Value>(key: string): Promise<Value | undefined> {
    return this.driver.get(await this.#key(key), 'get', text) as Promise<Value | undefined>;
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const stored = await Promise.all(keys.map((key) => this.#key(key)));
    const found = await this.driver.getMulti([...new Set(stored)], text);
    return stored.map((key) => found.get(key)) as (Value | undefined)[];
  }

  async set(key: string, value: string, ttlMs?: number): Promise<boolean> {
    return this.driver.set(await this.#key(key), Buffer.from(value), ttlMs && Math.max(1, Math.ceil(ttlMs)));
  }

  async delete(key: string): Promise<boolean> {
    return this.driver.delete(await this.#key(key));
  }

  /** @throws when no server confirmed it: other processes, and later this one, still see what there was. */
  async clear(): Promise<void> {
    if (!(await this.#generation.renew())) throw new Error('The cache could not be cleared: no server confirmed it');
  }

  /** Keyv listens for errors; ours are misses, counted and logged by the driver. */
  on(): this {
    return this;
  }

  async #key(key: string): Promise<string> {
    return this.keys.of(`${await this.#generation.current()}:${key}`, 'm:');
  }
}

function text(bytes: Buffer): string {
  return bytes.toString();
}
