import type { ClientRequest, IncomingMessage } from 'node:http';
import { listen } from './listen.js';
import type { OutgoingCall, OutgoingRequest } from './outgoing-call.js';
import type { OutgoingCalls } from './outgoing-calls.js';

interface NodeMessage {
  request: ClientRequest;
  response?: IncomingMessage;
  error?: unknown;
}

/** What Node keeps of a request and its answer, and no type tells. */
interface Answered {
  res?: (IncomingMessage & { upgrade?: boolean | null; _dumped?: boolean }) | null;
}

/** Follows `node:http` and what is built on it, such as axios and got. @returns what ends it */
export function followNodeHttp(calls: OutgoingCalls): () => void {
  const open = new WeakMap<ClientRequest, OutgoingCall>();
  return listen<NodeMessage>({
    'http.client.request.created': ({ request }) => {
      const call = calls.begin(outgoing(request), request);
      open.set(request, call);
      request.once('close', () => endSilently(call, request));
    },
    'http.client.response.finish': ({ request, response }) => {
      const call = open.get(request);
      if (!call || !response) return;
      call.answered(response.statusCode ?? 0);
      response.once('close', () => call.end(breakOf(response)));
    },
    'http.client.request.error': ({ request, error }) => open.get(request)?.end(error ?? new Error('unknown')),
  });
}

/**
 * Ends what no channel tells of: an upgrade and a tunnel, which are answered now, and a request that was aborted before
 * it had a connection. Their own events stay without a listener, as Node asks for one before it hands a socket over.
 */
function endSilently(call: OutgoingCall, request: ClientRequest): void {
  const { res } = request as Answered;
  if (!res) call.end(new DOMException('aborted', 'AbortError'));
  if (!res?.upgrade) return;
  call.answered(res.statusCode ?? 0);
  call.end();
}

/** The failure of an answer that the connection broke off; `undefined` when it is whole, or its reader left it. */
function breakOf(response: NonNullable<Answered['res']>): unknown {
  const { complete, errored, _dumped: isLeft } = response;
  // Whoever destroys the request gets this error of Node's own as well, but its answer was dumped before.
  const isBroken = !complete && isLeft !== true && (errored as { code?: string } | null)?.code === 'ECONNRESET';
  return isBroken ? errored : undefined;
}

function outgoing(request: ClientRequest): OutgoingRequest {
  const { method, protocol, path } = request;
  const named = URL.parse(`${protocol}//${String(request.getHeader('host') ?? request.host)}`);
  return {
    method,
    scheme: protocol.replace(/:$/, ''),
    host: named?.hostname ?? request.host,
    port: named && named.port !== '' ? Number(named.port) : undefined,
    path,
    has: (name) => request.hasHeader(name),
    set: (name, value) => {
      // Headers that were given as a list are on their way already.
      if (!request.headersSent) request.setHeader(name, value);
    },
  };
}
