import type { KeyvStoreAdapter } from 'keyv';
import type { CacheKeys } from './cache-keys.js';
import type { FailOpenDriver } from './fail-open-driver.js';

/** How long a `clear` of another process may go unnoticed, in milliseconds. */
const GENERATION_MS = 1000;
const GENERATION = /^[0-9a-z-]{10,40}$/;

/**
 * What Keyv, and so cache-manager, stores in: the same servers as `CacheService`, in a space of its own. Keyv writes
 * text that holds value and expiry. `clear` begins a new generation of keys, as memcached can only be emptied for all
 * of its users.
 */
export class KeyvStore implements KeyvStoreAdapter {
  /** Keyv wants both to be there. */
  readonly opts = {};
  namespace?: string;
  #generation: string | undefined;
  #readAt = 0;
  #reading: Promise<string> | undefined;

  constructor(
    private readonly driver: FailOpenDriver,
    private readonly keys: CacheKeys,
  ) {}

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
    this.#generation = fresh();
    this.#readAt = performance.now();
    if (!(await this.#write(this.#generation)))
      throw new Error('The cache could not be cleared: no server confirmed it');
  }

  /** Keyv listens for errors; ours are misses, counted and logged by the driver. */
  on(): this {
    return this;
  }

  async #key(key: string): Promise<string> {
    return this.keys.of(`${await this.#current()}:${key}`, 'm:');
  }

  async #current(): Promise<string> {
    if (this.#generation !== undefined && performance.now() - this.#readAt < GENERATION_MS) return this.#generation;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<string> {
    const began = performance.now();
    const stored = await this.driver.get(this.#generationKey, 'generation', generation);
    // Cleared while we asked: what was read is older.
    if (this.#generation !== undefined && this.#readAt > began) return this.#generation;
    const current = stored ?? this.#generation ?? fresh();
    this.#generation = current;
    this.#readAt = performance.now();
    // Not found, or no answer: the one that we know goes on.
    if (stored === undefined) await this.#write(current);
    return current;
  }

  #write(value: string): Promise<boolean> {
    return this.driver.set(this.#generationKey, Buffer.from(value), undefined);
  }

  get #generationKey(): string {
    return this.keys.of('generation', 'm:');
  }
}

function text(bytes: Buffer): string {
  return bytes.toString();
}

function generation(bytes: Buffer): string {
  const value = text(bytes);
  if (!GENERATION.test(value)) throw new TypeError('Expected a generation');
  return value;
}

/** Never one that there was: what a lost generation key would bring back is gone for good. */
function fresh(): string {
  return crypto.randomUUID();
}
