import type { Duration } from '@eggybyte/errors';
import { above0 } from './cache.options.js';
import type { CacheClass } from './value-codec.js';

/** How a value of type `T` is stored and restored. */
export interface ValueOptions<T> {
  /** The class of the value, or of the elements of an array: instances come back as instances, without running the constructor. */
  as?: CacheClass<T extends readonly (infer Element)[] ? Element : NonNullable<T>> | undefined;
}

/** How a value is loaded that is not in the cache. Each is a duration above 0. */
export interface LoadingOptions {
  /**
   * How long a value that is over is kept for when its load fails: it is then returned in place of the error, and loaded
   * again after a second.
   *
   * @default not at all
   */
  staleOnError?: Duration | undefined;
  /**
   * How long it is remembered that there was nothing, `undefined` or `null`.
   *
   * @default `undefined` is not remembered, `null` is stored like any value
   */
  negativeTtl?: Duration | undefined;
  /**
   * Most time that a load may take: then it is a CacheLoadTimeoutError, its signal aborts, and what it still gives is
   * not stored.
   *
   * @default none
   */
  loadTimeout?: Duration | undefined;
  /**
   * One load at a time among all processes with the same servers, by a mark that is stored in the value's place: others
   * wait for the value, for this time at most, and then load too. An eviction of another process takes the mark away, so
   * that what it has overtaken is not stored. While the cache is down nobody waits.
   *
   * @default each process loads for itself
   */
  lease?: Duration | undefined;
}

/** What `CacheService.getOrSet` can be told. */
export interface LoadOptions<T> extends ValueOptions<T>, LoadingOptions {}

/** The same in milliseconds. */
export interface ResolvedLoad {
  as: CacheClass<unknown> | undefined;
  staleMs: number;
  negativeMs: number | undefined;
  timeoutMs: number | undefined;
  leaseMs: number | undefined;
}

/** @throws ArgumentError */
export function resolveLoad(options: LoadingOptions & { as?: CacheClass<unknown> | undefined }): ResolvedLoad {
  const { as, staleOnError, negativeTtl, loadTimeout, lease } = options;
  const given = (duration: Duration | undefined, name: string) =>
    duration === undefined ? undefined : above0(duration, name);
  return {
    as,
    staleMs: given(staleOnError, 'staleOnError') ?? 0,
    negativeMs: given(negativeTtl, 'negativeTtl'),
    timeoutMs: given(loadTimeout, 'loadTimeout'),
    leaseMs: given(lease, 'lease'),
  };
}
