import { CacheDriver, checkKey, checkStep, checkTtl, type EndpointHealth, notACounter } from './cache-driver.js';
import { CacheUnavailableError, CacheValueTooLargeError } from './cache.errors.js';
import { MAX_VALUE_BYTES } from './cache.options.js';

export interface MemoryCacheOptions {
  /** Most entries it holds; beyond, those not used for longest go. @default 10000 */
  maxEntries?: number;
  /** Most bytes of keys and values it holds. @default 67108864, 64 MiB */
  maxBytes?: number;
}

const defaults = { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024 } satisfies MemoryCacheOptions;

interface Entry {
  value: Buffer;
  /** On the monotonic clock, so that setting the machine's time neither keeps nor loses entries. */
  expiresAt: number;
}

const COUNTER = /^\d{1,16}$/;

/** A cache in this process: least recently used entries go first. Values are copied in and out. */
export class MemoryCacheDriver extends CacheDriver {
  readonly name = 'memory';
  readonly endpoints = [];
  readonly #limits: Required<MemoryCacheOptions>;
  /** In the order of use: a Map iterates in the order of insertion, and each use inserts anew. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #closed = false;

  constructor(options: MemoryCacheOptions = {}) {
    super();
    this.#limits = { ...defaults, ...options };
  }

  async get(key: string): Promise<Buffer | undefined> {
    const entry = this.#use(key);
    return entry && Buffer.from(entry.value);
  }

  async getMulti(keys: readonly string[]): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    for (const key of keys) {
      const entry = this.#use(key);
      if (entry) found.set(key, Buffer.from(entry.value));
    }
    return found;
  }

  async set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
    this.#check(key);
    this.#set(key, value, ttlMs);
  }

  async add(key: string, value: Buffer, ttlMs?: number): Promise<boolean> {
    const isFree = this.#use(key) === undefined;
    if (isFree) this.#set(key, value, ttlMs);
    return isFree;
  }

  async replace(key: string, former: Buffer, value: Buffer, ttlMs?: number): Promise<boolean> {
    const isFormer = this.#use(key)?.value.equals(former) ?? false;
    if (isFormer) this.#set(key, value, ttlMs);
    return isFormer;
  }

  async touch(key: string, ttlMs?: number): Promise<boolean> {
    checkTtl(ttlMs);
    const entry = this.#use(key);
    if (entry) entry.expiresAt = expiry(ttlMs);
    return entry !== undefined;
  }

  async delete(key: string): Promise<boolean> {
    const entry = this.#use(key);
    if (entry) this.#drop(key, entry);
    return entry !== undefined;
  }

  async increment(key: string, by: number, ttlMs?: number): Promise<number> {
    checkStep(by);
    checkTtl(ttlMs);
    const entry = this.#use(key);
    const sum = (entry ? counterOf(entry) : 0) + by;
    if (!Number.isSafeInteger(sum)) throw notACounter();
    this.#store(key, { value: Buffer.from(String(sum)), expiresAt: entry?.expiresAt ?? expiry(ttlMs) });
    return sum;
  }

  async decrement(key: string, by: number): Promise<number> {
    checkStep(by);
    const entry = this.#use(key);
    if (!entry) return 0;
    const left = Math.max(0, counterOf(entry) - by);
    this.#store(key, { value: Buffer.from(String(left)), expiresAt: entry.expiresAt });
    return left;
  }

  async health(): Promise<readonly EndpointHealth[]> {
    return [{ endpoint: this.name, up: !this.#closed }];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** The entry if it still lives, now the most recently used one. */
  #use(key: string): Entry | undefined {
    this.#check(key);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt <= performance.now()) {
      this.#drop(key, entry);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #set(key: string, value: Buffer, ttlMs: number | undefined): void {
    checkTtl(ttlMs);
    if (value.length > MAX_VALUE_BYTES) throw new CacheValueTooLargeError(value.length, MAX_VALUE_BYTES);
    this.#store(key, { value: Buffer.from(value), expiresAt: expiry(ttlMs) });
  }

  #store(key: string, entry: Entry): void {
    const former = this.#entries.get(key);
    if (former) this.#drop(key, former);
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry);
    for (const [oldest, victim] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxEntries && this.#bytes <= this.#limits.maxBytes) break;
      this.#drop(oldest, victim);
    }
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
  }

  #check(key: string): void {
    checkKey(key);
    if (this.#closed) throw new CacheUnavailableError('closed', 'The memory cache is closed');
  }
}

function counterOf({ value }: Entry): number {
  const digits = value.toString('latin1');
  if (!COUNTER.test(digits)) throw notACounter();
  return Number(digits);
}

function expiry(ttlMs: number | undefined): number {
  return ttlMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + ttlMs;
}

function sizeOf(key: string, { value }: Entry): number {
  return key.length + value.length;
}
