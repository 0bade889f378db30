import { cacheOf, injectCache, replaceMethod } from './cache-property.js';

export interface CacheEvictOptions<A extends readonly unknown[]> {
  /** The key or keys, or what makes them of the method's leading arguments. */
  key: string | readonly string[] | ((...args: A) => string | readonly string[]);
}

type CacheEvictDecorator<A extends readonly unknown[]> = <B extends [...A, ...any[]], R>(
  prototype: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: B) => Promise<R>>,
) => void;

/**
 * Evicts keys once the method has succeeded, by the rules of `CacheService.evict`: in a transaction after the commit,
 * never after a rollback. A method that rejects evicts nothing. A cache that is down does not fail the method.
 */
export function CacheEvict<A extends readonly unknown[] = []>({ key }: CacheEvictOptions<A>): CacheEvictDecorator<A> {
  return <B extends [...A, ...any[]], R>(
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
          const keys = typeof key === 'function' ? key(...(args as unknown as A)) : key;
          const result = await method.apply(this, args);
          await cacheOf(this)?.evict(...(typeof keys === 'string' ? [keys] : keys));
          return result;
        },
    );
  };
}
