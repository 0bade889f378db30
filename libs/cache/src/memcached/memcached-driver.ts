import { ArgumentError, type Duration } from '@eggybyte/errors';
import { Logger } from '@nestjs/common';
import { CacheDriver, checkKey, checkStep, checkTtl, type EndpointHealth, notACounter } from '../cache-driver.js';
import { CacheClientError, CacheUnavailableError } from '../cache.errors.js';
import { MAX_VALUE_BYTES, above0 } from '../cache.options.js';
import { accessBy } from './access.js';
import type { CacheCredentialsOption } from './cache-credentials.js';
import type { CacheTlsOption } from './cache-tls.js';
import { loadMemcachePp } from './memcache-pp.js';
import { hardened, type MemcachedClient } from './memcached-client.js';
import { MemcachedServer } from './memcached-server.js';
import { parseServerAddress } from './server-address.js';
import { ttlSeconds } from './ttl-seconds.js';

export interface MemcachedOptions {
  /** Servers as `host:port` or `[ipv6]:port`. */
  servers: readonly string[];
  /** Deadline of each operation, a duration. @default "250ms" */
  timeout?: Duration;
  /** Deadline of connecting to a server, a duration. @default "1s" */
  connectTimeout?: Duration;
  /** Most that a reconnect waits, a duration. @default "5s" */
  longestBackoff?: Duration;
  /** TLS 1.2 or newer to every server; its certificate and name are always verified. @default false */
  tls?: CacheTlsOption | undefined;
  /** User and password of memcached's ASCII authentication, the same for every server. @default none */
  credentials?: CacheCredentialsOption | undefined;
}

const defaults = {
  timeout: '250ms',
  connectTimeout: '1s',
  longestBackoff: '5s',
  tls: false,
} satisfies Partial<MemcachedOptions>;

/** How often a counter that appears and disappears between two commands is tried again. */
const INCREMENT_ATTEMPTS = 3;

/**
 * memcached, by memcache-pp's client and ring over a transport of our own: one pipelined connection per server. A
 * server that is down answers at once with an error and is connected again by itself.
 */
export class MemcachedDriver extends CacheDriver {
  readonly name = 'memcached';
  readonly endpoints: readonly string[];
  readonly #logger = new Logger(MemcachedDriver.name);
  readonly #client: MemcachedClient;
  readonly #servers: readonly MemcachedServer[];

  /** @throws ArgumentError for a malformed address, TLS files or credentials that cannot be used, CacheClientError when memcache-pp is not the one expected. */
  constructor(options: MemcachedOptions) {
    super();
    const { servers, timeout, connectTimeout, longestBackoff, tls, credentials } = { ...defaults, ...options };
    for (const server of servers) parseServerAddress(server);
    if (servers.length === 0 || new Set(servers).size < servers.length) {
      throw new ArgumentError('servers', 'one or more servers, each once', servers.join(','));
    }
    this.endpoints = [...servers];
    this.#client = new (hardened(loadMemcachePp()))({
      hosts: [...servers],
      netTimeout: above0(timeout, 'timeout'),
      connectTimeout: above0(connectTimeout, 'connectTimeout'),
      backoffLimit: above0(longestBackoff, 'longestBackoff'),
      maxValueSize: MAX_VALUE_BYTES,
      queue: false,
      access: accessBy({ tls, credentials }),
      onChange: (server, error) => this.#onChange(server, error),
      onForgotten: (server) =>
        this.#logger.warn(`memcached ${server} may have values that were changed meanwhile, until their time is over`),
    });
    this.#servers = Object.values(this.#client.connections);
    const ours = this.#servers.every((server) => server instanceof MemcachedServer);
    if (!ours || !this.#client.ring) throw new CacheClientError('it connects past our own transport');
  }

  /** Resolves when every server is connected or has failed once: never later than the connect timeout. Never rejects. */
  async connected(): Promise<void> {
    await Promise.all(this.#servers.map(({ link }) => link.firstAttempt));
  }

  async get(key: string): Promise<Buffer | undefined> {
    checkKey(key);
    return (await this.#client.get(key)) as Buffer | undefined;
  }

  async getMulti(keys: readonly string[]): Promise<Map<string, Buffer>> {
    keys.forEach(checkKey);
    return this.#client.getMany(keys);
  }

  async set(key: string, value: Buffer, ttlMs?: number): Promise<void> {
    checkKey(key);
    await this.#client.set(key, value, ttlSeconds(ttlMs));
  }

  async add(key: string, value: Buffer, ttlMs?: number): Promise<boolean> {
    checkKey(key);
    return (await this.#client.add(key, value, ttlSeconds(ttlMs))) as boolean;
  }

  async replace(key: string, former: Buffer, value: Buffer, ttlMs?: number): Promise<boolean> {
    checkKey(key);
    return (await this.#client.run('exchange', [key, former, value, ttlSeconds(ttlMs)])) as boolean;
  }

  async touch(key: string, ttlMs?: number): Promise<boolean> {
    checkKey(key);
    return (await this.#client.run('touch', [key, ttlSeconds(ttlMs)])) as boolean;
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return (await this.#client.delete(key)) as boolean;
  }

  async increment(key: string, by: number, ttlMs?: number): Promise<number> {
    checkKey(key);
    checkStep(by);
    checkTtl(ttlMs);
    for (let attempt = 0; attempt < INCREMENT_ATTEMPTS; attempt++) {
      const sum = (await this.#client.incr(key, by)) as number | undefined;
      if (sum !== undefined) return sum;
      if (await this.#client.run('addCounter', [key, by, ttlSeconds(ttlMs)])) return by;
    }
    throw notACounter();
  }

  async decrement(key: string, by: number): Promise<number> {
    checkKey(key);
    checkStep(by);
    return ((await this.#client.decr(key, by)) as number | undefined) ?? 0;
  }

  override serverOf(key: string): string {
    return this.#client.placement.nameOf(key);
  }

  override isUp(endpoint: string): boolean {
    return this.#client.connections[endpoint]?.link.isUp ?? false;
  }

  async health(): Promise<readonly EndpointHealth[]> {
    return Promise.all(
      this.#servers.map(async (server) => {
        const { server: endpoint } = server.link;
        const began = performance.now();
        try {
          await server.version();
          return { endpoint, up: true, latencyMs: performance.now() - began };
        } catch (error) {
          return { endpoint, up: false, error };
        }
      }),
    );
  }

  async close(): Promise<void> {
    await this.#client.disconnect();
  }

  #onChange(server: string, error?: CacheUnavailableError): void {
    if (!error) this.#logger.log(`memcached ${server} is up`);
    else this.#logger.warn(`memcached ${server} is down: ${error.why ?? error.what}. It is tried again by itself.`);
  }
}
