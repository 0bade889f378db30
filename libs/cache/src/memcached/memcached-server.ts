import { CacheUnavailableError, CacheValueTooLargeError } from '../cache.errors.js';
import { notACounter } from '../cache-driver.js';
import type { PpConnection } from './memcache-pp.js';
import { type LinkOptions, MemcachedLink } from './memcached-link.js';
import { LineOperation, ReadOperation } from './operation.js';
import { fromStored, toStored } from './stored-flags.js';

export interface ServerOptions extends Omit<LinkOptions, 'onConnected'> {
  /** Largest value in bytes. */
  largestValue: number;
  /** More evictions were lost than are remembered; called once in an outage. */
  onForgotten(server: string): void;
}

/** One answer to thousands of keys would outlast the deadline, and end the connection of all who wait behind it. */
const KEYS_AT_ONCE = 100;
const TOO_LARGE = 'SERVER_ERROR object too large for cache';
/** The last two are those of `cas`. */
const STORE_ANSWERS = new Set(['STORED', 'NOT_STORED', TOO_LARGE, 'EXISTS', 'NOT_FOUND']);
const NO_COUNTER = 'CLIENT_ERROR cannot increment or decrement non-numeric value';
/** Half of what may be in flight: all of them are sent at once. */
const MOST_OWED = 4096;
const AGAIN_MS = 1000;

/** One memcached server by memcache-pp's command names: what stands in the place of its own connection. */
export class MemcachedServer implements PpConnection {
  readonly link: MemcachedLink;
  readonly #owed = new Set<string>();
  #hasForgotten = false;
  readonly #repaidOnce = new Set<string>();

  constructor(
    name: string,
    private readonly options: ServerOptions,
  ) {
    this.link = new MemcachedLink(name, { ...options, onConnected: () => this.#repay() });
  }

  /** Deletes a key as soon as the server is back, before anything is read from it: a write did not reach it. */
  owe(key: string): void {
    if (this.#owed.size < MOST_OWED) {
      this.#owed.add(key);
      return;
    }
    if (!this.#hasForgotten && !this.#owed.has(key)) {
      this.#hasForgotten = true;
      this.options.onForgotten(this.link.server);
    }
  }

  async get(key: string): Promise<Buffer | undefined> {
    const found = (await this.link.run(new ReadOperation([key]))).get(key);
    return found && fromStored(found.flags, found.data);
  }

  /** One round trip for each {@link KEYS_AT_ONCE} of them. */
  async getMany(keys: readonly string[]): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const read = new ReadOperation(keys.slice(at, at + KEYS_AT_ONCE));
      for (const { key, flags, data } of (await this.link.run(read)).values()) {
        const bytes = fromStored(flags, data);
        if (bytes) found.set(key, bytes);
      }
    }
    return found;
  }

  set(key: string, value: Buffer, ttlSeconds: number): Promise<boolean> {
    return this.#store('set', key, value, ttlSeconds);
  }

  /** `false` when there is a value already. */
  add(key: string, value: Buffer | number, ttlSeconds: number): Promise<boolean> {
    return this.#store('add', key, value, ttlSeconds);
  }

  /** `false` when something else than exactly `former` is there. */
  async exchange(key: string, former: Buffer, value: Buffer, ttlSeconds: number): Promise<boolean> {
    const found = (await this.link.run(new ReadOperation([key], 'gets'))).get(key);
    if (found?.unique === undefined || !fromStored(found.flags, found.data)?.equals(former)) return false;
    return this.#store('cas', key, value, ttlSeconds, ` ${found.unique}`);
  }

  /** `false` when there was nothing. */
  touch(key: string, ttlSeconds: number): Promise<boolean> {
    return this.link.run(
      new LineOperation([`touch ${key} ${ttlSeconds}\r\n`], (line) =>
        line === 'TOUCHED' || line === 'NOT_FOUND' ? line === 'TOUCHED' : undefined,
      ),
    );
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
  incr(key: string, by: number): Promise<number | undefined> {
    return this.#count('incr', key, by);
  }

  /** What is left, not less than 0; `undefined` when there is no counter. */
  decr(key: string, by: number): Promise<number | undefined> {
    return this.#count('decr', key, by);
  }

  version(): Promise<string> {
    return this.link.run(
      new LineOperation(['version\r\n'], (line) => (line.startsWith('VERSION ') ? line.slice(8) : undefined)),
    );
  }

  disconnect(): void {
    this.link.close();
  }

  /**
   * Twice: what was sent to a frozen server before the connection was lost may be carried out after the first time, as
   * nothing orders two connections. What is stored in between is kept.
   */
  #repay(): void {
    const keys = [...this.#owed];
    this.#owed.clear();
    this.#hasForgotten = false;
    if (keys.length === 0) return;
    this.#deleteOwed(keys);
    for (const key of keys) this.#repaidOnce.add(key);
    setTimeout(() => this.#deleteOwed(keys.filter((key) => this.#repaidOnce.delete(key))), AGAIN_MS).unref();
  }

  #deleteOwed(keys: readonly string[]): void {
    for (const key of keys) {
      this.delete(key).catch((error: unknown) => {
        // Once is enough for a server that answers in something else: else each new connection would end by it.
        if (!(error instanceof CacheUnavailableError && error.reason === 'protocol')) this.owe(key);
      });
    }
  }

  async #count(command: 'incr' | 'decr', key: string, by: number): Promise<number | undefined> {
    const sum = await this.link.run(
      new LineOperation([`${command} ${key} ${by}\r\n`], (line) =>
        /^\d{1,20}$/.test(line) || line === 'NOT_FOUND' || line === NO_COUNTER ? line : undefined,
      ),
    );
    if (sum === 'NOT_FOUND') return undefined;
    if (!Number.isSafeInteger(Number(sum))) throw notACounter();
    return Number(sum);
  }

  async #store(
    command: 'set' | 'add' | 'cas',
    key: string,
    value: Buffer | number,
    ttlSeconds: number,
    unique = '',
  ): Promise<boolean> {
    const { flags, data } = toStored(value);
    const limit = this.options.largestValue;
    if (data.length > limit) throw new CacheValueTooLargeError(data.length, limit);
    const answer = await this.link.run(
      new LineOperation(
        [`${command} ${key} ${flags} ${ttlSeconds} ${data.length}${unique}\r\n`, data, '\r\n'],
        (line) => (STORE_ANSWERS.has(line) ? line : undefined),
      ),
    );
    if (answer === TOO_LARGE) throw new CacheValueTooLargeError(data.length, limit);
    if (answer === 'STORED') this.#repaidOnce.delete(key);
    return answer === 'STORED';
  }
}
