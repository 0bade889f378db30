import { EggyError } from '@eggybyte/errors';

/**
 * Why a driver could not do an operation: no answer in time, no connection, no trusted TLS connection, credentials that
 * are missing or not taken, too much in flight, closed by its owner, an answer that is not the protocol's, or a refusal
 * by the server.
 */
export type CacheFailure = 'timeout' | 'down' | 'tls' | 'auth' | 'busy' | 'closed' | 'protocol' | 'refused';

const WHAT_TO_DO: Record<CacheFailure, string> = {
  timeout: 'see whether the server is overloaded or the network slow, or raise the timeout',
  down: 'start the server or check its address; it is tried again by itself',
  tls: 'give the CA of the server and the name of its certificate, or renew them; it is tried again by itself',
  auth: 'give the user and password that the server has; it is tried again by itself',
  busy: 'send fewer operations at once, or add a server',
  closed: 'use the cache only until the application closes',
  protocol: 'check that the address is that of a memcached server',
  refused: "see the server's own log",
};

/**
 * A driver could not do an operation: `EGGY_CACHE_UNAVAILABLE`. `CacheService` turns it into a miss or `false`;
 * it only reaches callers who use a driver themselves.
 */
export class CacheUnavailableError extends EggyError {
  constructor(
    readonly reason: CacheFailure,
    what: string,
    more: { why?: string; cause?: unknown } = {},
  ) {
    super('EGGY_CACHE_UNAVAILABLE', { what, ...more, fix: WHAT_TO_DO[reason], status: 503 });
  }
}

/** What `getOrSet` was to load did not come in time: `EGGY_CACHE_LOAD_TIMEOUT`. */
export class CacheLoadTimeoutError extends EggyError {
  constructor(timeoutMs: number) {
    super('EGGY_CACHE_LOAD_TIMEOUT', {
      what: `A value was not loaded within ${timeoutMs} ms`,
      fix: 'see what keeps the load, or raise `loadTimeout`',
      status: 503,
    });
  }
}

/** A value cannot be cached so that it comes back as it went in: `EGGY_CACHE_VALUE`. Thrown whether or not the cache is up. */
export class CacheValueError extends EggyError {
  constructor(what: string, fix: string, cause?: unknown) {
    super('EGGY_CACHE_VALUE', { what, fix, cause });
  }
}

/** A value is larger than a driver takes: `EGGY_CACHE_TOO_LARGE`. `CacheService.set` turns it into `false`. */
export class CacheValueTooLargeError extends EggyError {
  constructor(bytes: number, limit: number, cause?: unknown) {
    super('EGGY_CACHE_TOO_LARGE', {
      what: `A value of ${bytes} bytes is larger than the cache takes`,
      why: `the limit is ${limit} bytes`,
      fix: 'cache less of it, or cut it into several keys',
      cause,
    });
  }
}

/** The installed memcache-pp is not the one this package was built against: `EGGY_CACHE_CLIENT`. Fails the start. */
export class CacheClientError extends EggyError {
  constructor(why: string, cause?: unknown) {
    super('EGGY_CACHE_CLIENT', {
      what: 'memcache-pp cannot be used',
      why,
      fix: 'install exactly memcache-pp 0.3.3, or pass another client as `driver`',
      cause,
    });
  }
}
