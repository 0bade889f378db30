import type { Duration } from '@eggybyte/errors';
import { cacheOf, injectCache, replaceMethod } from './cache-property.js';
import { above0 } from './cache.options.js';
import type { Restorable, StoredResultDecorator, StoredResultOptions } from './stored-result.js';
import type { CacheClass } from './value-codec.js';

export interface CachePutOptions<A extends readonly unknown[], C> extends StoredResultOptions<A, C> {
  /** Time to live, a duration above 0. @default the module's `defaultTtl` */
  ttl?: Duration;
}

/**
 * Runs the method and stores what it resolves to, by the rules of `CacheService.put`: in a transaction after the commit,
 * never after a rollback; `undefined` evicts. A method that rejects stores nothing. A cache that is down does not fail
 * the method. Where two processes write the same at the same time, the last of them to store is not always the last to
 * have committed: `@CacheEvict` has no such question.
 *
 * @throws ArgumentError at once for a bad `ttl`; the method rejects with CacheValueError when its result cannot be cached.
 */
export function CachePut<A extends readonly unknown[] = [], C = unknown>(
  options: CachePutOptions<A, C>,
): StoredResultDecorator<A, C> {
  const { key, ttl, as } = options;
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
          // Before the method runs, which may change what it is given.
          const name = typeof key === 'string' ? key : key(...(args as unknown as A));
          const result = await method.apply(this, args);
          await cacheOf(this)?.put<unknown>(name, result, ttl, { as: as as CacheClass<object> | undefined });
          return result;
        },
    );
  };
}
