import type { CacheClass } from './value-codec.js';

/** What every decorator is told that stores what its method resolves to. */
export interface StoredResultOptions<A extends readonly unknown[], C> {
  /** The key, or what makes it of the method's leading arguments. */
  key: string | ((...args: A) => string);
  /** Class of the result, or of its elements; needed as soon as it is one of your own. */
  as?: CacheClass<C>;
}

export type Restorable<C> = C | readonly C[] | null | undefined;

/** Fits methods whose leading arguments the key is made of, and whose result can be restored. */
export type StoredResultDecorator<A extends readonly unknown[], C> = <
  B extends [...A, ...any[]],
  R extends Restorable<C>,
>(
  prototype: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: B) => Promise<R>>,
) => void;
