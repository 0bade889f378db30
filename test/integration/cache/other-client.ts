import { CacheDriver, CacheValueError, type EndpointHealth } from '@eggybyte/cache';
import { MemcacheClient } from 'memcache-client';

const DAYS_30 = 30 * 24 * 60 * 60;
const LATEST = 2 ** 31 - 1;
const KEYS_AT_ONCE = 100;

interface Found {
  value: Buffer | string;
  casUniq: string;
}

/** What a service writes that wants another client: memcache-client, of one server. The module guards it. */
export class OtherClientDriver extends CacheDriver {
  readonly name = 'memcache-client';
  readonly endpoints: readonly string[];
  readonly #client: MemcacheClient;

  constructor(server: string) {
    super();
    this.endpoints = [server];
    this.#client = new MemcacheClient({ server, cmdTimeout: 2000 });
  }

  async get(key: string): Promise<Buffer | undefined> {
    return bytesOf(await this.#client.get<unknown>(own(key)));
  }

  async getMulti(keys: readonly string[]): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const part = keys.slice(at, at + KEYS_AT_ONCE).map(own);
      const values = await this.#client.get<Record<string, Found>>(part);
      for (const [key, value] of Object.entries(values)) found.set(key.slice(1), bytesOf(value) as Buffer);
    }
    return found;
  }

  async set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
    await this.#client.set(own(key), value, { lifetime: seconds(ttlMs) });
  }

  async add(key: string, value: Buffer | string, ttlMs?: number): Promise<boolean> {
    return unless('NOT_STORED', this.#client.add(own(key), value, { lifetime: seconds(ttlMs) }));
  }

  async replace(key: string, former: Buffer, value: Buffer, ttlMs?: number): Promise<boolean> {
    const found = (await this.#client.gets<unknown>(own(key))) as Found | undefined;
    if (!found || !bytesOf(found)?.equals(former)) return false;
    const options = { lifetime: seconds(ttlMs), casUniq: found.casUniq };
    return unless('EXISTS', this.#client.cas(own(key), value, options));
  }

  async touch(key: string, ttlMs?: number): Promise<boolean> {
    return unless('NOT_FOUND', this.#client.touch(own(key), seconds(ttlMs)));
  }

  async delete(key: string): Promise<boolean> {
    return unless('NOT_FOUND', this.#client.delete(own(key)));
  }

  async increment(key: string, by: number, ttlMs?: number): Promise<number> {
    const sum = await this.#count(() => this.#client.incr(own(key), by));
    if (sum !== undefined) return sum;
    return (await this.add(key, String(by), ttlMs)) ? by : this.increment(key, by, ttlMs);
  }

  async decrement(key: string, by: number): Promise<number> {
    return (await this.#count(() => this.#client.decr(own(key), by))) ?? 0;
  }

  async health(): Promise<readonly EndpointHealth[]> {
    const began = performance.now();
    const [endpoint = ''] = this.endpoints;
    await this.#client.version();
    return [{ endpoint, up: true, latencyMs: performance.now() - began }];
  }

  async close(): Promise<void> {
    this.#client.shutdown();
  }

  async #count(count: () => Promise<string>): Promise<number | undefined> {
    try {
      const sum = Number(await count());
      if (Number.isSafeInteger(sum)) return sum;
    } catch (error) {
      const { message } = error as Error;
      if (message === 'NOT_FOUND') return undefined;
      if (!message.startsWith('CLIENT_ERROR')) throw error;
    }
    throw new CacheValueError('The key holds no counter', 'count with another key');
  }
}

/** The client puts what it finds into an object by its key, which `__proto__` cannot be in. */
function own(key: string): string {
  return `k${key}`;
}

function bytesOf(found: unknown): Buffer | undefined {
  const { value } = (found ?? {}) as Partial<Found>;
  if (value === undefined) return undefined;
  return Buffer.isBuffer(value) ? value : Buffer.from(value);
}

function seconds(ttlMs: number | undefined): number {
  const relative = Math.ceil((ttlMs ?? 0) / 1000);
  return relative <= DAYS_30 ? relative : Math.min(Math.ceil(Date.now() / 1000) + relative, LATEST);
}

/** The client rejects with what the server declines. */
async function unless(declined: string, work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (message !== declined && message !== 'NOT_FOUND') throw error;
    return false;
  }
}
