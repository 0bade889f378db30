import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import {
  type AccessLog,
  type AccessRecord,
  createRequestContext,
  enterContext,
  type Metrics,
  type RequestContext,
  requestContext,
  stayInContext,
  type Tracer,
} from '@eggybyte/observability';
import { Connection } from './connection.js';
import { HeadLines } from './head-lines.js';
import { OpenRequests } from './open-requests.js';
import { RequestMetrics } from './request-metrics.js';
import { UNMATCHED, withoutQuery } from './request-names.js';
import { endSpan } from './request-span.js';
import { CLIENT_CLOSED, TrackedRequest } from './tracked-request.js';

export interface RequestTrackerOptions {
  /** Gets one record for each request. */
  accessLog?: AccessLog | undefined;
  /** Gets `http_server_request_duration_seconds` and `http_server_active_requests`. */
  metrics?: Metrics | undefined;
  /** Gets a span for each request. */
  tracer?: Tracer | undefined;
  /** Headers set on every answer. */
  headers?: readonly (readonly [name: string, value: string])[];
}

/**
 * Follows each request of one application from its first header to the close of its answer: context, request id,
 * access record, metrics, and what is in flight. It knows neither Nest nor a framework.
 */
export class RequestTracker {
  readonly #logger = new Logger(RequestTracker.name);
  readonly #open = new OpenRequests();
  readonly #accessLog: AccessLog | undefined;
  readonly #metrics: RequestMetrics | undefined;
  readonly #tracer: Tracer | undefined;
  readonly #headLines: HeadLines;
  #draining = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /** One function for all requests: it is made for none of them. */
  readonly #end = (tracked: TrackedRequest): void => {
    if (!this.#open.delete(tracked)) return;
    tracked.waiting?.delete(tracked);
    if (this.#open.size === 0) {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
    const record = tracked.record();
    if (tracked.span) endSpan(tracked.span, record);
    this.#record(tracked, record);
  };

  constructor({ accessLog, metrics, tracer, headers = [] }: RequestTrackerOptions = {}) {
    this.#accessLog = accessLog;
    this.#metrics = metrics && new RequestMetrics(metrics, () => this.inflight);
    this.#tracer = tracer;
    this.#headLines = new HeadLines(headers);
  }

  /** Requests that are being answered now. */
  get inflight(): number {
    return this.#open.size;
  }

  /**
   * Follows a request and runs the rest of its handling in its context. A request that was sent behind one whose answer
   * told that the connection will be closed is left alone: its client knows that it was not processed.
   */
  run<T>(request: IncomingMessage, response: ServerResponse, handle: (tracked: TrackedRequest) => T): T | undefined {
    const connection = Connection.of(request.socket);
    if (connection.latest?.hasSaidClose) return undefined;
    const tracked = this.begin(request, response, connection);
    if (!connection.isReadByNode) return enterContext(tracked, handle, tracked);
    stayInContext(tracked);
    return handle(tracked);
  }

  /** Follows a request until its answer has closed. */
  begin(
    request: IncomingMessage,
    response: ServerResponse,
    connection = Connection.of(request.socket),
  ): TrackedRequest {
    const tracked = new TrackedRequest(request, response, this.#tracer);
    this.#open.add(tracked);
    this.#headLines.addTo(response, tracked);
    if (this.#draining) {
      connection.latest?.takeBackClose();
      tracked.announceClose();
    }
    connection.latest = tracked;
    tracked.whenClosed(this.#end);
    // An answer without its socket waits behind another one; on Node 22 it gets no `close` when the connection goes.
    if (response.socket === null) this.#watchConnection(request.socket, connection, tracked);
    return tracked;
  }

  /** Tells the route of the request that runs now. */
  routeTaken(template: string): void {
    const context = requestContext();
    if (context instanceof TrackedRequest) context.route = template;
  }

  /**
   * From now on the last answer on every connection, also to a request at hand, tells its client to use another one.
   * The answers before it do not, as they would end the connection.
   */
  announceClose(): void {
    this.#draining = true;
    for (const tracked of this.#open) {
      if (tracked.socket && this.latestOf(tracked.socket) === tracked) tracked.announceClose();
    }
  }

  /**
   * Ends the answers that would never end: their clients reconnect elsewhere. One that does not read what was sent is
   * cut off after `graceMs`.
   */
  endEventStreams(graceMs: number): void {
    for (const tracked of this.#open) if (tracked.isEventStream) tracked.endStream(graceMs);
  }

  /**
   * The requests that are being answered now, oldest first: `GET /users/:id (120 ms, request_id 7f3a)`. Event streams
   * that were ended are left out.
   */
  describeOpen(): string[] {
    return [...this.#open].filter(({ isEnded }) => !isEnded).map(String);
  }

  /** The connections with a request that is being answered. */
  connections(): Socket[] {
    return [...this.#open].flatMap(({ socket }) => socket ?? []);
  }

  /** The last request that came on a connection, answered or not. */
  latestOf(connection: Socket): TrackedRequest | undefined {
    return Connection.of(connection).latest;
  }

  /** Whether a request is being answered. */
  isOpen(tracked: TrackedRequest): boolean {
    return this.#open.has(tracked);
  }

  /** Records a request that was refused before it could be handled, in its own context. */
  refuse(context: RequestContext, record: AccessRecord): void {
    this.#record(context, record);
  }

  /**
   * Records a request to go on in another protocol, once its handshake is over. It has no answer to follow.
   *
   * @param status of the answer; `undefined` when the connection closed without one.
   */
  upgraded({ method = '', url = '/', headers }: IncomingMessage, status: number | undefined, durationMs: number): void {
    this.#record(createRequestContext(headers), {
      method,
      route: UNMATCHED,
      path: withoutQuery(url),
      status: status ?? CLIENT_CLOSED,
      durationMs,
      ...(status === undefined && { aborted: true }),
    });
  }

  /** Resolves when no request is in flight. */
  whenIdle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #record(context: RequestContext, record: AccessRecord): void {
    try {
      this.#metrics?.observe(record);
      this.#accessLog?.write(record, context);
    } catch (error) {
      this.#logger.error(error);
    }
  }

  #watchConnection(socket: Socket, connection: Connection, tracked: TrackedRequest): void {
    if (!connection.pipelined) {
      const waiting = new Set<TrackedRequest>();
      connection.pipelined = waiting;
      socket.once('close', () => {
        for (const left of waiting) left.closed();
      });
    }
    connection.pipelined.add(tracked);
    tracked.waiting = connection.pipelined;
  }
}
