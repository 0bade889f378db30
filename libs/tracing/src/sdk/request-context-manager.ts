import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager } from '@opentelemetry/api';
import { activeTrace, enterTrace, type RequestContext, requestContext } from '@eggybyte/observability';
import { contextOf, traceOf } from './otel-trace.js';

interface Entered {
  readonly context: Context;
  /** In another one the context is not the running one any more. */
  readonly of: RequestContext | undefined;
}

/**
 * Finds the running context of OpenTelemetry in the suite's request context, so that the two never differ: a span that
 * code of the service makes is inside of its request's, and log records within it carry its ids.
 */
export class RequestContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Entered>();

  active(): Context {
    const entered = this.#storage.getStore();
    return entered && entered.of === requestContext() ? entered.context : contextOf(activeTrace());
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    work: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const run = (): ReturnType<F> => work.apply(thisArg, args);
    return this.#storage.run({ context, of: requestContext() }, () => enterTrace(traceOf(context), run));
  }

  /** Functions only: listeners of an emitter run where they were added, as AsyncLocalStorage has it. */
  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const bound = (...args: unknown[]): unknown =>
      this.with(context, (...given: unknown[]): unknown => Reflect.apply(target, undefined, given), undefined, ...args);
    return bound as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}
