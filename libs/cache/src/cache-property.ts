import { Inject } from '@nestjs/common';
import { CacheService } from './cache.service.js';

const CACHE = Symbol('eggybyte:cache');

interface Holder {
  [CACHE]?: CacheService;
}

/** Has Nest put the application's cache into a private property of every instance: no global, one for each application. */
export function injectCache(prototype: object): void {
  if (!Object.hasOwn(prototype, CACHE)) {
    Object.defineProperty(prototype, CACHE, { value: undefined, writable: true });
    Inject(CacheService)(prototype, CACHE);
  }
}

/** The cache of an instance; `undefined` when it was made by hand, outside of Nest. */
export function cacheOf(instance: object): CacheService | undefined {
  return (instance as Holder)[CACHE];
}

/** Puts `wrapper` in the place of a method and keeps its name and what other decorators noted on it, such as a route. */
export function replaceMethod<F extends (...args: never[]) => unknown>(
  descriptor: TypedPropertyDescriptor<F>,
  wrap: (method: F) => F,
): void {
  const method = descriptor.value as F;
  const wrapper = wrap(method);
  Object.defineProperty(wrapper, 'name', { value: method.name });
  for (const key of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), wrapper);
  }
  descriptor.value = wrapper;
}
