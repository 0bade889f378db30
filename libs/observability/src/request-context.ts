import { AsyncLocalStorage } from 'node:async_hooks';
import { freshId } from './fresh-id.js';
import { inScope, isLazy, type Lazy } from './lazy-work.js';
import type { Span, SpanAttributes, SpanKind, Tracer } from './tracer.js';
import { childSpan, parseTraceparent, type TraceContext } from './traceparent.js';

/** What is known of the work at hand: one HTTP request, one consumed message, one run of a job. */
export interface RequestContext {
  /** The accepted `X-Request-Id`, else a fresh UUID. */
  readonly requestId: string;
  /** Its span: of the caller's trace when a valid `traceparent` came in, else of its own when there is a {@link Tracer}. */
  readonly trace: TraceContext | undefined;
  /** Fields that every log record of this work carries, written by `PinoLogger.assign`. */
  readonly fields: Record<string, unknown>;
}

/** Header values as node:http gives them. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Anything else would let a caller write into logs and headers: a bad id is replaced, never trimmed. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

const storage = new AsyncLocalStorage<RequestContext>();

/** Made before anybody can have entered a context. */
const outside = AsyncLocalStorage.snapshot();

/** The context of the running request or job; `undefined` outside of one. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** The accepted `x-request-id` of incoming headers, else a fresh UUID. */
export function requestIdOf(headers: IncomingHeaders): string {
  const id = headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : freshId();
}

/** The span that sent incoming headers, by W3C rules. */
export function remoteTrace(headers: IncomingHeaders): TraceContext | undefined {
  return parseTraceparent(headers['traceparent'], headers['tracestate']);
}

/** A context from incoming headers: `x-request-id` if it is well-formed, `traceparent` by W3C rules, the rest ignored. */
export function createRequestContext(headers: IncomingHeaders, span?: Span): RequestContext {
  const remote = span ? undefined : remoteTrace(headers);
  return { requestId: requestIdOf(headers), trace: span ? span.trace : remote && childSpan(remote), fields: {} };
}

/** What {@link runInContext} does, for whoever looks at traces. */
export interface ContextOptions {
  /** Name of the span, of which there should be few. @default "work" */
  name?: string;
  /** @default "consumer" with headers, "internal" without any */
  kind?: SpanKind;
  attributes?: SpanAttributes;
}

/** Work outside of HTTP reaches no container: it is traced by the application of the process that came last. */
const tracers: Tracer[] = [];

/** Gives what {@link runInContext} runs spans, until it is disposed of; then the one that came before does so again. */
export function traceContexts(by: Tracer): Disposable {
  tracers.push(by);
  return {
    [Symbol.dispose]() {
      const at = tracers.lastIndexOf(by);
      if (at >= 0) tracers.splice(at, 1);
    },
  };
}

/**
 * Runs `work` in a context of its own, made from the headers of a message, so that its log records carry the
 * sender's request id. Pass `{}` where there are none: a fresh id is made. With a tracer it is a span, which ends when
 * the work does:
 *
 * - at once, or when the promise that it returns is settled;
 * - of a generator, async or not, when it is done, throws or is left by `return`; each step runs in the context;
 * - of an Observable of rxjs with the first subscription that completes, fails or is unsubscribed; each runs in the context.
 *
 * A generator that is never stepped to its end, and an Observable that nobody subscribes to, end no span.
 * Nothing else is followed: not a generator or an Observable that a promise gives, and no thenable that is not a promise.
 * A query that runs when it is awaited would run twice, or before its time: await it inside of `work`.
 */
export function runInContext<T>(headers: IncomingHeaders, work: () => T, options: ContextOptions = {}): T {
  const tracer = tracers.at(-1);
  if (!tracer) {
    const context = createRequestContext(headers);
    const result = storage.run(context, work);
    return !(result instanceof Promise) && isLazy(result) ? follow(result, context) : result;
  }
  const { name = 'work', kind = Object.keys(headers).length > 0 ? 'consumer' : 'internal', attributes } = options;
  const span = tracer.startEntry(name, remoteTrace(headers), { kind, ...(attributes && { attributes }) });
  const context = createRequestContext(headers, span);
  return storage.run(context, () => endWith(span, context, work));
}

/** Runs `work` in a context that exists already: how the HTTP hook enters a request. */
export function enterContext<T, A extends unknown[]>(context: RequestContext, work: (...args: A) => T, ...args: A): T {
  return storage.run(context, work, ...args);
}

/**
 * Enters a context for all that is left of the callback at hand. Only for one that Node itself has called, such as with a
 * request that it has read: Node goes on in the context in which it was before. It costs less than half of
 * {@link enterContext}, as there is nothing to put back.
 */
export function stayInContext(context: RequestContext): void {
  storage.enterWith(context);
}

/**
 * Runs `work` outside of any context, and what it sets off too: what is done for all, such as a batch, a timer or a
 * connection, is not that of the request which happened to need it first.
 */
export function outsideContext<T>(work: () => T): T {
  return outside(work);
}

/** The span ends when the work does, see {@link runInContext}. */
function endWith<T>(span: Span, context: RequestContext, work: () => T): T {
  const fail = (error: unknown): never => {
    endFailed(span, error);
    throw error;
  };
  const succeed = <R>(result: R): R => {
    span.end();
    return result;
  };
  try {
    const result = work();
    if (result instanceof Promise) return result.then(succeed, fail) as T;
    return isLazy(result) ? follow(result, context, span) : succeed(result);
  } catch (error) {
    return fail(error);
  }
}

function endFailed(span: Span, error: unknown): void {
  span.end({ error: error instanceof Error ? error.name : typeof error });
}

function follow<T>(lazy: T & Lazy, context: RequestContext, span?: Span): T {
  return inScope(lazy, {
    enter: (part) => storage.run(context, part),
    end: () => span?.end(),
    fail: (error) => span && endFailed(span, error),
  }) as T;
}
