import type { IncomingMessage } from 'node:http';
import { type AccessRecord, remoteTrace, type Span, type SpanAttributes, type Tracer } from '@eggybyte/observability';
import { methodOf, spanNameOf, UNMATCHED } from './request-names.js';

const SERVER_ERROR = 500;
const HOST = /^(\[[^\]]*\]|[^:]+)(?::(\d{1,5}))?$/;

/** Begins the span of a request, as the first one of this service in its trace. */
export function beginSpan(tracer: Tracer, request: IncomingMessage): Span {
  return tracer.startEntry(spanNameOf(request.method), remoteTrace(request.headers), {
    kind: 'server',
    attributes: attributesOf(request),
  });
}

/** Ends the span of a request that was answered or given up. */
export function endSpan(span: Span, { method, route, status, aborted }: AccessRecord): void {
  const known = route !== UNMATCHED;
  span.end({
    // What no route took may have any path: its method alone is a name.
    name: known ? `${spanNameOf(method)} ${route}` : spanNameOf(method),
    attributes: { 'http.response.status_code': status, ...(known && { 'http.route': route }) },
    error: aborted ? 'aborted' : status >= SERVER_ERROR ? String(status) : undefined,
  });
}

/** By OpenTelemetry's conventions; the query is left out, as it may hold secrets. */
function attributesOf({ method = '', url = '/', headers, httpVersion, socket }: IncomingMessage): SpanAttributes {
  const name = methodOf(method);
  const query = url.indexOf('?');
  const [, host, port] = HOST.exec(headers.host ?? '') ?? [];
  return {
    'http.request.method': name,
    'http.request.method_original': name === method ? undefined : method,
    'url.path': query === -1 ? url : url.slice(0, query),
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'server.address': host,
    'server.port': port === undefined ? undefined : Number(port),
    'network.peer.address': socket.remoteAddress,
    'network.protocol.version': httpVersion,
    'user_agent.original': headers['user-agent'],
  };
}
