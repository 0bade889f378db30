import { CacheValueTooLargeError } from '../cache.errors.js';
import { notACounter } from '../cache-driver.js';
import type { PpConnection } from './memcache-pp.js';
import { type LinkOptions, MemcachedLink } from './memcached-link.js';
import { LineOperation, ReadOperation } from './operation.js';
import { fromStored, toStored } from './stored-flags.js';

export interface ServerOptions extends LinkOptions {
  /** Largest value in bytes. */
  largestValue: number;
}

/** One answer to thousands of keys would outlast the deadline, and end the connection of all who wait behind it. */
const KEYS_AT_ONCE = 100;
const TOO_LARGE = 'SERVER_ERROR object too large for cache';
const NO_COUNTER = 'CLIENT_ERROR cannot increment or decrement non-numeric value';

/** One memcached server by memcache-pp's command names: what stands in the place of its own connection. */
export class MemcachedServer implements PpConnection {
  readonly link: MemcachedLink;

  constructor(
    name: string,
    private readonly options: ServerOptions,
  ) {
    this.link = new MemcachedLink(name, options);
  }

  async get(key: string): Promise<Buffer | undefined> {
    return (await this.getMany([key])).get(key);
  }

  /** One round trip for each {@link KEYS_AT_ONCE} of them. */
  async getMany(keys: readonly string[]): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const read = new ReadOperation(keys.slice(at, at + KEYS_AT_ONCE));
      for (const [key, { flags, data }] of await this.link.run(read)) {
        const bytes = fromStored(flags, data);
        if (bytes) found.set(key, bytes);
      }
    }
    return found;
  }

  async set(key: string, value: Buffer, ttlSeconds: number): Promise<void> {
    await this.#store('set', key, value, ttlSeconds);
  }

  /** `false` when there is a value already. */
  add(key: string, value: Buffer | number, ttlSeconds: number): Promise<boolean> {
    return this.#store('add', key, value, ttlSeconds);
  }

  /** `false` when there was nothing. */
  delete(key: string): Promise<boolean> {
    return this.link.run(
      new LineOperation([`delete ${key}\r\n`], (line) =>
        line === 'DELETED' || line === 'NOT_FOUND' ? line === 'DELETED' : undefined,
      ),
    );
  }

  /** `undefined` when there is no counter yet. */
  async incr(key: string, by: number): Promise<number | undefined> {
    const sum = await this.link.run(
      new LineOperation([`incr ${key} ${by}\r\n`], (line) =>
        /^\d{1,20}$/.test(line) || line === 'NOT_FOUND' || line === NO_COUNTER ? line : undefined,
      ),
    );
    if (sum === 'NOT_FOUND') return undefined;
    if (!Number.isSafeInteger(Number(sum))) throw notACounter();
    return Number(sum);
  }

  version(): Promise<string> {
    return this.link.run(
      new LineOperation(['version\r\n'], (line) => (line.startsWith('VERSION ') ? line.slice(8) : undefined)),
    );
  }

  disconnect(): void {
    this.link.close();
  }

  async #store(command: 'set' | 'add', key: string, value: Buffer | number, ttlSeconds: number): Promise<boolean> {
    const { flags, data } = toStored(value);
    const limit = this.options.largestValue;
    if (data.length > limit) throw new CacheValueTooLargeError(data.length, limit);
    const answer = await this.link.run(
      new LineOperation([`${command} ${key} ${flags} ${ttlSeconds} ${data.length}\r\n`, data, '\r\n'], (line) =>
        line === 'STORED' || line === 'NOT_STORED' || line === TOO_LARGE ? line : undefined,
      ),
    );
    if (answer === TOO_LARGE) throw new CacheValueTooLargeError(data.length, limit);
    return answer === 'STORED';
  }
}
