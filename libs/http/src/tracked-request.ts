import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AccessRecord,
  childSpan,
  remoteTrace,
  type RequestContext,
  requestIdOf,
  type Span,
  type Tracer,
} from '@eggybyte/observability';
import { UNMATCHED } from './request-names.js';
import { beginSpan } from './request-span.js';

/** What is recorded for a client that went away before anything was answered, as proxies do. */
const CLIENT_CLOSED = 499;

/** One request from its first header to the close of its answer; it is the request's context too. */
export class TrackedRequest implements RequestContext {
  readonly requestId: string;
  readonly trace: RequestContext['trace'];
  readonly fields: Record<string, unknown> = {};
  /** With a tracer only. */
  readonly span: Span | undefined;
  /** Template of the route, such as `/api/users/:id`. */
  route = UNMATCHED;
  /** The framework may rewrite the request's own later. */
  readonly #url: string;
  readonly #beganAt = performance.now();
  #saysClose = false;
  #isEnded = false;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    tracer?: Tracer,
  ) {
    const { headers } = request;
    this.requestId = requestIdOf(headers);
    this.span = tracer && beginSpan(tracer, request);
    const remote = this.span ? undefined : remoteTrace(headers);
    this.trace = this.span ? this.span.trace : remote && childSpan(remote);
    this.#url = request.url ?? '/';
  }

  /** Whether the answer is one that never ends by itself. */
  get isEventStream(): boolean {
    const type = this.response.headersSent ? this.response.getHeader('content-type') : undefined;
    return typeof type === 'string' && type.startsWith('text/event-stream');
  }

  /** Whether its answer was ended for it, so that what its client does not read any more is no loss. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether its client knows that nothing comes after this answer on its connection. */
  get hasSaidClose(): boolean {
    return this.#saysClose && this.response.headersSent;
  }

  /** What happened, once the answer has closed. */
  record(): AccessRecord {
    const { request, response } = this;
    const query = this.#url.indexOf('?');
    return {
      method: request.method ?? '',
      route: this.route,
      path: query === -1 ? this.#url : this.#url.slice(0, query),
      status: response.headersSent ? response.statusCode : CLIENT_CLOSED,
      durationMs: performance.now() - this.#beganAt,
      bytes: request.method === 'HEAD' ? 0 : lengthOf(response),
      ...(!response.writableFinished && { aborted: true }),
    };
  }

  /** As a person would name it: the path of a request that no route took is left out, as it may be anything. */
  toString(): string {
    const ageMs = Math.round(performance.now() - this.#beganAt);
    return `${this.request.method ?? ''} ${this.route} (${ageMs} ms, request_id ${this.requestId})`;
  }

  /** Tells the client to use another connection, as long as it can still be told. */
  announceClose(): void {
    if (this.response.headersSent) return;
    this.response.setHeader('Connection', 'close');
    this.#saysClose = true;
  }

  /** Another request of the same connection has come, whose answer has to be waited for. */
  takeBackClose(): void {
    if (!this.#saysClose || this.response.headersSent) return;
    this.response.removeHeader('Connection');
    this.#saysClose = false;
  }

  /**
   * Lets nothing become of what the handler goes on writing to an answer that was ended for it: it would be an error
   * that nobody listens to, of the answer or of a stream that middleware has put before it.
   */
  ignoreHandler(): void {
    const { response } = this;
    response.on('error', () => undefined);
    Object.assign(response, { write: () => false, end: () => response });
  }

  /** Ends an answer that never ends by itself; a client that has not read it to its end after `graceMs` is cut off. */
  endStream(graceMs: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { response } = this;
    response.end();
    this.ignoreHandler();
    const cut = setTimeout(() => response.destroy(), graceMs);
    response.once('close', () => clearTimeout(cut));
  }
}

function lengthOf(response: ServerResponse): number | undefined {
  const length = response.getHeader('content-length');
  return length === undefined ? undefined : Number(length);
}
