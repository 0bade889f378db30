import { activeTrace } from './active-trace.js';
import { requestContext } from './request-context.js';
import { formatTraceparent } from './traceparent.js';

/** The headers that carry the current context to another service or into a message; empty outside of a context. */
export function contextHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const context = requestContext();
  if (context) headers['x-request-id'] = context.requestId;
  const trace = activeTrace();
  if (trace) {
    headers['traceparent'] = formatTraceparent(trace);
    if (trace.state !== undefined) headers['tracestate'] = trace.state;
  }
  return headers;
}
