import { activeTrace, contextHeaders, formatTraceparent, type Metrics, type Tracer } from '@eggybyte/observability';
import { methodOf } from '../request-names.js';
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
 * nothing.
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
    const headers = contextHeaders();
    if (span) {
      headers['traceparent'] = formatTraceparent(span.trace);
      if (span.trace.state !== undefined) headers['tracestate'] = span.trace.state;
    }
    for (const [name, value] of Object.entries(headers)) if (!request.has(name)) request.set(name, value);
    return new OutgoingCall(request, span, (call, end) => this.#metrics?.observe(call.request, end));
  }

  #startSpan({ method, scheme, host, port, path }: OutgoingRequest) {
    if (!this.#tracer || !activeTrace()) return undefined;
    const query = path.search(/[?#]/);
    const name = methodOf(method);
    return this.#tracer.startSpan(name.startsWith('_') ? 'HTTP' : name, {
      kind: 'client',
      attributes: {
        'http.request.method': name,
        'server.address': host,
        'server.port': port,
        // Without the query, which may hold secrets.
        'url.full': `${scheme}://${host}${port === undefined ? '' : `:${port}`}${query === -1 ? path : path.slice(0, query)}`,
      },
    });
  }
}
