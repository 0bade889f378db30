import { CacheDriver, type EndpointHealth } from './cache-driver.js';
import { CacheUnavailableError } from './cache.errors.js';

/** Gives the operations of a driver that is not ours a deadline, whatever it promises itself. */
export class DeadlineDriver extends CacheDriver {
  readonly name: string;
  readonly endpoints: readonly string[];

  constructor(
    private readonly driver: CacheDriver,
    private readonly timeoutMs: number,
  ) {
    super();
    this.name = driver.name;
    this.endpoints = driver.endpoints;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#within(() => this.driver.get(key));
  }

  getMulti(keys: readonly string[]): Promise<Map<string, Buffer>> {
    return this.#within(() => this.driver.getMulti(keys));
  }

  set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
    return this.#within(() => this.driver.set(key, value, ttlMs));
  }

  delete(key: string): Promise<boolean> {
    return this.#within(() => this.driver.delete(key));
  }

  increment(key: string, by: number, ttlMs?: number): Promise<number> {
    return this.#within(() => this.driver.increment(key, by, ttlMs));
  }

  async health(): Promise<readonly EndpointHealth[]> {
    try {
      return await this.#within(() => this.driver.health());
    } catch (error) {
      return [{ endpoint: this.name, up: false, error }];
    }
  }

  async close(): Promise<void> {
    await this.driver.close();
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () =>
        reject(new CacheUnavailableError('timeout', `${this.name} did not answer within ${this.timeoutMs} ms`));
      timer = setTimeout(fail, this.timeoutMs);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
