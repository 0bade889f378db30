import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessRecord, createRequestContext, type RequestContext } from '@eggybyte/observability';

/** The route of a request that no handler of the application took. */
const UNMATCHED = 'unmatched';

/** What is recorded for a client that went away before anything was answered, as proxies do. */
const CLIENT_CLOSED = 499;

/** One request from its first header to the close of its answer; it is the request's context too. */
export class TrackedRequest implements RequestContext {
  readonly requestId: string;
  readonly trace: RequestContext['trace'];
  readonly fields: Record<string, unknown>;
  /** Template of the route, such as `/api/users/:id`. */
  route = UNMATCHED;
  /** The framework may rewrite the request's own later. */
  readonly #url: string;
  readonly #beganAt = performance.now();

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {
    const { requestId, trace, fields } = createRequestContext(request.headers);
    this.requestId = requestId;
    this.trace = trace;
    this.fields = fields;
    this.#url = request.url ?? '/';
  }

  /** Whether the answer is one that never ends by itself. */
  get isEventStream(): boolean {
    const type = this.response.headersSent ? this.response.getHeader('content-type') : undefined;
    return typeof type === 'string' && type.startsWith('text/event-stream');
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
    if (!this.response.headersSent) this.response.setHeader('Connection', 'close');
  }
}

function lengthOf(response: ServerResponse): number | undefined {
  const length = response.getHeader('content-length');
  return length === undefined ? undefined : Number(length);
}
