import { ArgumentError } from '@eggybyte/errors';
import { CacheValueError } from './cache.errors.js';

/** What one server of a driver says of itself. */
export interface EndpointHealth {
  endpoint: string;
  up: boolean;
  /** Round trip in milliseconds; absent when it is down. */
  latencyMs?: number;
  /** Why it is down. */
  error?: unknown;
}

/**
 * Stores bytes under keys for a while. What `CacheService` needs of a cache server, and all that it needs.
 *
 * - A key is 1 to 249 printable ASCII characters without space; anything else is an `ArgumentError` and sends nothing.
 * - Bytes come back exactly as they went in, in a Buffer of their own: neither side sees later changes of the other.
 * - A value may be forgotten at any time, and is gone at its `ttlMs` rounded up to a whole second.
 * - Every operation settles in bounded time. One that could not be done rejects, best with `CacheUnavailableError`.
 */
export abstract class CacheDriver {
  /** What it is, in logs: `memory`, `memcached`. */
  abstract readonly name: string;
  /** Its servers as `host:port`; empty when it has none. */
  abstract readonly endpoints: readonly string[];

  /** The bytes, or `undefined` when there are none. */
  abstract get(key: string): Promise<Buffer | undefined>;

  /** What was found, by key. Rejects only when nothing could be asked; keys of a server that is down are absent. */
  abstract getMulti(keys: readonly string[]): Promise<Map<string, Buffer>>;

  /**
   * Stores bytes for `ttlMs` milliseconds, a whole number from 1; without it until they are pushed out.
   *
   * @throws CacheValueTooLargeError
   */
  abstract set(key: string, value: Buffer, ttlMs?: number): Promise<void>;

  /**
   * Like {@link set}, where nothing is stored, in one step: `true` when it did.
   *
   * @throws CacheValueTooLargeError
   */
  abstract add(key: string, value: Buffer, ttlMs?: number): Promise<boolean>;

  /**
   * Like {@link set}, where exactly the bytes `former` are stored, in one step: `true` when it did.
   *
   * @throws CacheValueTooLargeError
   */
  abstract replace(key: string, former: Buffer, value: Buffer, ttlMs?: number): Promise<boolean>;

  /** Gives what is stored another time to live, from now on: `true` when there was something. */
  abstract touch(key: string, ttlMs?: number): Promise<boolean>;

  /** Resolves once the key is gone: `true` when it was there. */
  abstract delete(key: string): Promise<boolean>;

  /**
   * Adds `by`, a whole number from 1, to a counter in one step and resolves to the sum. A missing counter starts at
   * 0 and lives for `ttlMs`; an existing one keeps its time. Its bytes are the decimal digits, blanks may follow.
   *
   * @throws CacheValueError when something else than a counter is stored there.
   */
  abstract increment(key: string, by: number, ttlMs?: number): Promise<number>;

  /**
   * Takes `by`, a whole number from 1, from a counter in one step and resolves to what is left: never less than 0, which
   * is also what a missing counter has, and stays missing.
   *
   * @throws CacheValueError when something else than a counter is stored there.
   */
  abstract decrement(key: string, by: number): Promise<number>;

  /** The server that is asked for a key now, in metrics and spans; the driver's name where it has no servers. */
  serverOf(_key: string): string {
    return this.endpoints[0] ?? this.name;
  }

  /** Whether a server is asked at all: `false` while operations on it fail at once. In metrics. */
  isUp(_endpoint: string): boolean {
    return true;
  }

  /** Asks every server. Never rejects, and settles in bounded time. */
  abstract health(): Promise<readonly EndpointHealth[]>;

  /** Rejects what is under way and releases everything. Later operations reject. */
  abstract close(): Promise<void>;
}

const KEY = /^[!-~]{1,249}$/;

/** @throws ArgumentError for a key that could not be sent as it is. */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new ArgumentError('key', '1 to 249 printable ASCII characters without space', key);
  }
}

/** @throws ArgumentError unless it is `undefined` or a whole number of milliseconds from 1. */
export function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs !== undefined && (!Number.isSafeInteger(ttlMs) || ttlMs < 1)) {
    throw new ArgumentError('ttlMs', 'a whole number of milliseconds from 1', ttlMs);
  }
}

/** @throws ArgumentError unless it is a whole number from 1. */
export function checkStep(by: number): void {
  if (!Number.isSafeInteger(by) || by < 1) throw new ArgumentError('by', 'a whole number from 1', by);
}

/** The error of {@link CacheDriver.increment} on what is no counter, or would no longer be an exact one. */
export function notACounter(): CacheValueError {
  return new CacheValueError(
    'The key does not hold a counter below 2^53',
    'count only with keys that `increment` itself writes, or that hold a whole number from 0',
  );
}
