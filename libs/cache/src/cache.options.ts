import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import type { CacheDriver } from './cache-driver.js';
import type { CacheCredentialsOption } from './memcached/cache-credentials.js';
import type { CacheTlsOption } from './memcached/cache-tls.js';

export interface CacheOptions {
  /** memcached servers as `host:port` or `[ipv6]:port`; keys are spread over them by their names. @default none: memory of this process */
  servers?: readonly string[];
  /** Deadline of each operation, a duration. @default "250ms" */
  timeout?: Duration;
  /** Deadline of connecting to a server, and most that a server which is down delays the start. @default "1s" */
  connectTimeout?: Duration;
  /** Time to live of values that are stored without one, a duration above 0. @default "60s" */
  defaultTtl?: Duration;
  /** Put before every key, so that services can share servers: up to 64 printable ASCII characters. @default "" */
  keyPrefix?: string;
  /** TLS 1.2 or newer to every memcached server; its certificate and name are always verified. @default false */
  tls?: CacheTlsOption | undefined;
  /** User and password of memcached's ASCII authentication, the same for every server. @default none */
  credentials?: CacheCredentialsOption | undefined;
  /** Another client instead of memcached or memory, or what makes one. Its operations get the deadline `timeout`; it is closed with the application. */
  driver?: CacheDriver | (() => CacheDriver | Promise<CacheDriver>);
}

export interface ResolvedCacheOptions {
  servers: readonly string[];
  timeoutMs: number;
  connectTimeoutMs: number;
  defaultTtlMs: number;
  keyPrefix: string;
  tls: CacheTlsOption | undefined;
  credentials: CacheCredentialsOption | undefined;
  driver: CacheOptions['driver'];
}

const defaults = {
  servers: [],
  timeout: '250ms',
  connectTimeout: '1s',
  defaultTtl: '60s',
  keyPrefix: '',
  tls: false,
  credentials: undefined,
  driver: undefined,
} satisfies { [K in keyof CacheOptions]-?: CacheOptions[K] | undefined };

/** Largest value of either driver: what memcached takes by default is 1 MiB with key and header. */
export const MAX_VALUE_BYTES = 1_000_000;

/** @throws ArgumentError */
export function resolveCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  const all = { ...defaults, ...options };
  return {
    servers: all.servers,
    timeoutMs: above0(all.timeout, 'timeout'),
    connectTimeoutMs: above0(all.connectTimeout, 'connectTimeout'),
    defaultTtlMs: above0(all.defaultTtl, 'defaultTtl'),
    keyPrefix: all.keyPrefix,
    tls: all.tls,
    credentials: all.credentials,
    driver: all.driver,
  };
}

/** A duration in milliseconds that is not nothing: 0 is "never" in one cache and "for ever" in the next. */
export function above0(duration: Duration, name: string): number {
  const ms = milliseconds(duration, name);
  if (ms === 0) throw new ArgumentError(name, 'a duration above 0', duration);
  return ms;
}
