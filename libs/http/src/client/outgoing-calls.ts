import { activeTrace, contextHeaders, enterTrace, type Metrics, type Span, type Tracer } from '@eggybyte/observability';
import { methodOf, spanNameOf, withoutQuery } from '../request-names.js';
import { ClientMetrics } from './client-metrics.js';
import { followNodeHttp } from './node-http-calls.js';
import { OutgoingCall, type OutgoingRequest } from './outgoing-call.js';
import { followUndici } from './undici-calls.js';

export interface OutgoingCallsOptions {
  /** Gets `http_client_request_duration_seconds`. */
  metrics?: Metrics | undefined;
  /** Gets a span for each call that is made inside of a trace. */
  tracer?: Tracer | undefined;
}

/** The channels are the process's own: with several applications one makes the span. */
const traced = new WeakSet<object>();

/**
 * Hands the request id and the trace of the running context on to every service that is called, by `fetch`, undici, or
 * `node:http` and what is built on it. A header that is there already is left. What is called outside of a context gets
 * nothing, and so does what undici makes later than it was asked to, where it cannot be told for whom.
 */
export class OutgoingCalls {
  readonly #metrics: ClientMetrics | undefined;
  readonly #tracer: Tracer | undefined;

  constructor({ metrics, tracer }: OutgoingCallsOptions = {}) {
    this.#metrics = metrics && new ClientMetrics(metrics);
    this.#tracer = tracer;
  }

  /** From now on, until it is disposed of. */
  follow(): Disposable {
    const stops = [followUndici(this), followNodeHttp(this)];
    return { [Symbol.dispose]: () => stops.forEach((stop) => stop()) };
  }

  /** @param key the object that stands for the request in this process */
  begin(request: OutgoingRequest, key: object): OutgoingCall {
    const span = traced.has(key) || request.has('traceparent') ? undefined : this.#startSpan(request);
    if (span) traced.add(key);
    this.carry(request, span);
    return new OutgoingCall(request, span, (call, end) => this.#metrics?.observe(call.request, end));
  }

  /** Gives a request its headers, without a look at what becomes of it. */
  carry(request: OutgoingRequest, span?: Span): void {
    const headers = span ? enterTrace(span.trace, contextHeaders) : contextHeaders();
    for (const [name, value] of Object.entries(headers)) if (!request.has(name)) request.set(name, value);
  }

  #startSpan({ method, scheme, host, port, path }: OutgoingRequest) {
    if (!this.#tracer || !activeTrace()) return undefined;
    return this.#tracer.startSpan(spanNameOf(method), {
      kind: 'client',
      attributes: {
        'http.request.method': methodOf(method),
        'server.address': host,
        'server.port': port,
        // Without the query, which may hold secrets.
        'url.full': `${scheme}://${host}${port === undefined ? '' : `:${port}`}${withoutQuery(path)}`,
      },
    });
  }
}
