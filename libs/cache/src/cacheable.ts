import { type Duration } from '@eggybyte/errors';
import { cacheOf, injectCache, replaceMethod } from './cache-property.js';
import { above0 } from './cache.options.js';
import { type LoadingOptions, resolveLoad } from './load-options.js';
import type { Restorable, StoredResultDecorator, StoredResultOptions } from './stored-result.js';
import type { CacheClass } from './value-codec.js';

export interface CacheableOptions<A extends readonly unknown[], C> extends StoredResultOptions<A, C>, LoadingOptions {
  /** Time to live, a duration above 0, less up to a tenth at random. @default the module's `defaultTtl` */
  ttl?: Duration;
}

/**
 * Answers from the cache and runs the method on a miss, by the rules of `CacheService.getOrSet`: one run at a time for
 * each key, `undefined` is not cached without a `negativeTtl`, and in a transaction nothing is stored. Works in every provider and controller;
 * an instance made outside of Nest runs uncached.
 *
 * @throws ArgumentError at once for a bad duration; the method rejects with CacheValueError when its result cannot be cached.
 */
export function Cacheable<A extends readonly unknown[] = [], C = unknown>(
  options: CacheableOptions<A, C>,
): StoredResultDecorator<A, C> {
  const { key, ttl, as, ...loading } = options;
  resolveLoad(loading);
  if (ttl !== undefined) above0(ttl, 'ttl');
  return <B extends [...A, ...any[]], R extends Restorable<C>>(
    prototype: object,
    _name: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: B) => Promise<R>>,
  ) => {
    injectCache(prototype);
    replaceMethod(
      descriptor,
      (method) =>
        async function (this: object, ...args: B): Promise<R> {
          const cache = cacheOf(this);
          const run = () => method.apply(this, args);
          if (!cache) return run();
          const name = typeof key === 'string' ? key : key(...(args as unknown as A));
          return cache.getOrSet<unknown>(name, ttl, run, {
            ...loading,
            as: as as CacheClass<object> | undefined,
          }) as Promise<R>;
        },
    );
  };
}
