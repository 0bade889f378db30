import { AsyncLocalStorage } from 'node:async_hooks';
import { type RequestContext, requestContext } from './request-context.js';
import type { TraceContext } from './traceparent.js';

/** A span that was entered within a context; in another context it is not the running one. */
interface Scope {
  readonly context: RequestContext | undefined;
  readonly trace: TraceContext | undefined;
}

const storage = new AsyncLocalStorage<Scope>();

/** The innermost span that the running code belongs to; that of its request where no other was entered. */
export function activeTrace(): TraceContext | undefined {
  const context = requestContext();
  const scope = storage.getStore();
  return scope && scope.context === context ? scope.trace : context?.trace;
}

/** Runs `work` inside of a span: its log records, outgoing calls and further spans belong to it. */
export function enterTrace<T>(trace: TraceContext | undefined, work: () => T): T {
  return storage.run({ context: requestContext(), trace }, work);
}
