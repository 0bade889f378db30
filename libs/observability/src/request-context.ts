import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { childSpan, formatTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';

/** What is known of the work at hand: one HTTP request, one consumed message, one run of a job. */
export interface RequestContext {
  /** The accepted `X-Request-Id`, else a fresh UUID. */
  readonly requestId: string;
  /** W3C trace of the caller, when a valid `traceparent` came in. */
  readonly trace: TraceContext | undefined;
  /** Fields that every log record of this work carries, written by `PinoLogger.assign`. */
  readonly fields: Record<string, unknown>;
}

/** Header values as node:http gives them. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Anything else would let a caller write into logs and headers: a bad id is replaced, never trimmed. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

const storage = new AsyncLocalStorage<RequestContext>();

/** The context of the running request or job; `undefined` outside of one. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** A context from incoming headers: `x-request-id` if it is well-formed, `traceparent` by W3C rules, the rest ignored. */
export function createRequestContext(headers: IncomingHeaders): RequestContext {
  const id = headers['x-request-id'];
  const trace = parseTraceparent(headers['traceparent']);
  return {
    requestId: typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID(),
    trace: trace && childSpan(trace),
    fields: {},
  };
}

/**
 * Runs `work` in a context of its own, made from the headers of a message, so that its log records carry the
 * sender's request id. Pass `{}` where there are none: a fresh id is made.
 */
export function runInContext<T>(headers: IncomingHeaders, work: () => T): T {
  return storage.run(createRequestContext(headers), work);
}

/** Runs `work` in a context that exists already: how the HTTP hook enters a request. */
export function enterContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The headers that carry the current context to another service or into a message; empty outside of a context. */
export function contextHeaders(): Record<string, string> {
  const context = storage.getStore();
  if (!context) return {};
  const headers: Record<string, string> = { 'x-request-id': context.requestId };
  if (context.trace) headers['traceparent'] = formatTraceparent(context.trace);
  return headers;
}
