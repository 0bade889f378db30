import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
// The global of this name is looked up anew each time.
import { performance } from 'node:perf_hooks';
import {
  type AccessRecord,
  childSpan,
  remoteTrace,
  type RequestContext,
  requestIdOf,
  type Span,
  type Tracer,
} from '@eggybyte/observability';
import { type HeadOwner, headOwnerOf } from './head-lines.js';
import { UNMATCHED } from './request-names.js';
import { beginSpan } from './request-span.js';

/** The request that an answer is to; `undefined` when it is not followed. */
export function trackedOf(response: ServerResponse): TrackedRequest | undefined {
  const owner = headOwnerOf(response);
  return owner instanceof TrackedRequest ? owner : undefined;
}

/** One listener for all answers: to make one for each costs more than to look this up. */
function tellClosed(this: ServerResponse): void {
  trackedOf(this)?.closed();
}

/** What is recorded for a client that went away before anything was answered, as proxies do. */
export const CLIENT_CLOSED = 499;

/** One request from its first header to the close of its answer; it is the request's context too. */
export class TrackedRequest implements RequestContext, HeadOwner {
  readonly requestId: string;
  readonly trace: RequestContext['trace'];
  readonly fields: Record<string, unknown> = {};
  /** With a tracer only. */
  readonly span: Span | undefined;
  /** Template of the route, such as `/api/users/:id`. */
  route = UNMATCHED;
  /** The framework may rewrite the request's own later. */
  readonly #url: string;
  readonly beganAt = performance.now();
  /** Where it stands among the open ones. */
  place: number | undefined;
  /** Those of its connection that wait behind others, if it came as one of them. */
  waiting: Set<TrackedRequest> | undefined;
  /** Both are let go of when the answer has closed: the connection lives on, and so may what began in this context. */
  #request: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  #whenClosed: ((tracked: TrackedRequest) => void) | undefined;
  #contentType: string | undefined;
  #contentLength: number | undefined;
  /** As it was sent; `undefined` when there was nobody any more, whom Express answers when a body breaks off. */
  #status: number | undefined;
  #endsConnection = false;
  #hasSaidClose = false;
  #isEnded = false;

  constructor(request: IncomingMessage, response: ServerResponse, tracer?: Tracer) {
    const { headers } = request;
    this.#request = request;
    this.#response = response;
    this.requestId = requestIdOf(headers);
    this.span = tracer && beginSpan(tracer, request);
    const remote = this.span ? undefined : remoteTrace(headers);
    this.trace = this.span ? this.span.trace : remote && childSpan(remote);
    this.#url = request.url ?? '/';
  }

  /** `undefined` once it has closed. */
  get response(): ServerResponse | undefined {
    return this.#response;
  }

  /** `undefined` once its answer has closed. */
  get socket(): Socket | undefined {
    return this.#response && this.#request?.socket;
  }

  /** Whether all of the request has come. */
  get complete(): boolean {
    return this.#request?.complete ?? true;
  }

  /** Whether the answer is one that never ends by itself. */
  get isEventStream(): boolean {
    return this.#contentType?.startsWith('text/event-stream') ?? false;
  }

  /** Whether its answer was ended for it, so that what its client does not read any more is no loss. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get endsConnection(): boolean {
    return this.#endsConnection;
  }

  /** Whether its client was told that nothing comes after this answer on its connection. */
  get hasSaidClose(): boolean {
    return this.#hasSaidClose;
  }

  /** Tells of the close of the answer, at least once. */
  whenClosed(told: (tracked: TrackedRequest) => void): void {
    this.#whenClosed = told;
    this.#response?.on('close', tellClosed);
  }

  closed(): void {
    this.#whenClosed?.(this);
    this.#response = undefined;
    // What comes of the body of one that was answered before may still be broken.
    if (this.complete) this.#request = undefined;
  }

  headWritten(contentType: string | undefined, contentLength: number | undefined, saysClose: boolean): void {
    this.#contentType = contentType;
    this.#contentLength = contentLength;
    this.#hasSaidClose = saysClose;
    this.#status = this.socket?.destroyed ? undefined : this.#response?.statusCode;
  }

  /** What happened, once the answer has closed. */
  record(): AccessRecord {
    const method = this.#request?.method ?? '';
    const query = this.#url.indexOf('?');
    const status = this.#status ?? CLIENT_CLOSED;
    const aborted = !this.#response?.writableFinished;
    const hasNoBody = method === 'HEAD' || status === 204 || status === 304;
    const record: AccessRecord = {
      method,
      route: this.route,
      path: query === -1 ? this.#url : this.#url.slice(0, query),
      status,
      durationMs: performance.now() - this.beganAt,
      // What was announced is not what was sent where there is no body, or only a part of it.
      bytes: aborted ? undefined : hasNoBody ? 0 : this.#contentLength,
    };
    if (aborted) record.aborted = true;
    return record;
  }

  /** As a person would name it: the path of a request that no route took is left out, as it may be anything. */
  toString(): string {
    const ageMs = Math.round(performance.now() - this.beganAt);
    return `${this.#request?.method ?? ''} ${this.route} (${ageMs} ms, request_id ${this.requestId})`;
  }

  /** Tells the client to use another connection, if its head is not written yet. */
  announceClose(): void {
    this.#endsConnection = true;
  }

  /** Another request of the same connection has come, whose answer has to be waited for. */
  takeBackClose(): void {
    this.#endsConnection = false;
  }

  /**
   * Lets nothing become of what the handler goes on writing to an answer that was ended for it: it would be an error
   * that nobody listens to, of the answer or of a stream that middleware has put before it.
   */
  ignoreHandler(): void {
    const response = this.#response;
    response?.on('error', () => undefined);
    if (response) Object.assign(response, { write: () => false, end: () => response });
  }

  /** Ends an answer that never ends by itself; a client that has not read it to its end after `graceMs` is cut off. */
  endStream(graceMs: number): void {
    const response = this.#response;
    if (this.#isEnded || !response) return;
    this.#isEnded = true;
    response.end();
    this.ignoreHandler();
    const cut = setTimeout(() => response.destroy(), graceMs);
    response.once('close', () => clearTimeout(cut));
  }
}
