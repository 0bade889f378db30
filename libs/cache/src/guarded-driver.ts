import { CacheDriver, checkKey, checkStep, checkTtl, type EndpointHealth } from './cache-driver.js';
import { MAX_VALUE_BYTES } from './cache.options.js';
import { CacheUnavailableError, CacheValueTooLargeError } from './cache.errors.js';
import { within } from './deadline.js';

/**
 * A driver that is not ours, held to what all drivers promise, whatever it does itself: nothing reaches it that could not
 * be sent as it is, and every operation settles by its deadline, after its close at once.
 */
export class GuardedDriver extends CacheDriver {
  readonly name: string;
  readonly endpoints: readonly string[];
  #closed = false;

  constructor(
    private readonly driver: CacheDriver,
    private readonly timeoutMs: number,
  ) {
    super();
    this.name = driver.name;
    this.endpoints = driver.endpoints;
  }

  async get(key: string): Promise<Buffer | undefined> {
    checkKey(key);
    return this.#within(() => this.driver.get(key));
  }

  async getMulti(keys: readonly string[]): Promise<Map<string, Buffer>> {
    keys.forEach(checkKey);
    return keys.length === 0 ? new Map() : this.#within(() => this.driver.getMulti(keys));
  }

  async set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
    checkStored(key, value, ttlMs);
    return this.#within(() => this.driver.set(key, value, ttlMs));
  }

  async add(key: string, value: Buffer, ttlMs?: number): Promise<boolean> {
    checkStored(key, value, ttlMs);
    return this.#within(() => this.driver.add(key, value, ttlMs));
  }

  async replace(key: string, former: Buffer, value: Buffer, ttlMs?: number): Promise<boolean> {
    checkStored(key, value, ttlMs);
    return this.#within(() => this.driver.replace(key, former, value, ttlMs));
  }

  async touch(key: string, ttlMs?: number): Promise<boolean> {
    checkKey(key);
    checkTtl(ttlMs);
    return this.#within(() => this.driver.touch(key, ttlMs));
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return this.#within(() => this.driver.delete(key));
  }

  async increment(key: string, by: number, ttlMs?: number): Promise<number> {
    checkKey(key);
    checkStep(by);
    checkTtl(ttlMs);
    return this.#within(() => this.driver.increment(key, by, ttlMs));
  }

  async decrement(key: string, by: number): Promise<number> {
    checkKey(key);
    checkStep(by);
    return this.#within(() => this.driver.decrement(key, by));
  }

  override serverOf(key: string): string {
    return this.driver.serverOf(key);
  }

  override isUp(endpoint: string): boolean {
    return this.driver.isUp(endpoint);
  }

  async health(): Promise<readonly EndpointHealth[]> {
    try {
      return await this.#within(() => this.driver.health());
    } catch (error) {
      return [{ endpoint: this.name, up: false, error }];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.driver.close();
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new CacheUnavailableError('closed', `${this.name} is closed`);
    const late = () => new CacheUnavailableError('timeout', `${this.name} did not answer within ${this.timeoutMs} ms`);
    return within(this.timeoutMs, late, work);
  }
}

function checkStored(key: string, value: Buffer, ttlMs: number | undefined): void {
  checkKey(key);
  checkTtl(ttlMs);
  if (value.length > MAX_VALUE_BYTES) throw new CacheValueTooLargeError(value.length, MAX_VALUE_BYTES);
}
