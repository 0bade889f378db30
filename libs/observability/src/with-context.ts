import 'reflect-metadata';
import { type ContextOptions, runInContext } from './request-context.js';

/**
 * Lets each call of a method run in a context of its own, as {@link runInContext} does: for what a scheduler, a queue or a
 * timer calls, and for handlers of messages. Log records of the call carry one request id, and with a tracer it is a span,
 * by default named `Class.method`. What other decorators have said of the method stays.
 */
export function WithContext(options: ContextOptions = {}): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    if (typeof method !== 'function') throw new TypeError(`@WithContext() is for methods, and ${String(key)} is none`);
    const name = `${(typeof target === 'function' ? target : target.constructor).name}.${String(key)}`;
    const inContext = function inContext(this: unknown, ...args: unknown[]): unknown {
      return runInContext({}, () => method.apply(this, args), { name, ...options });
    };
    for (const said of Reflect.getMetadataKeys(method)) {
      Reflect.defineMetadata(said, Reflect.getMetadata(said, method), inContext);
    }
    // Nest tells handlers by their name.
    Object.defineProperty(inContext, 'name', { value: method.name });
    descriptor.value = inContext;
  };
}
