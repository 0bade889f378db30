import type { ClientRequest, IncomingMessage } from 'node:http';
import { listen } from './listen.js';
import type { OutgoingCall, OutgoingRequest } from './outgoing-call.js';
import type { OutgoingCalls } from './outgoing-calls.js';

interface NodeMessage {
  request: ClientRequest;
  response?: IncomingMessage;
  error?: unknown;
}

/** Follows `node:http` and what is built on it, such as axios and got. @returns what ends it */
export function followNodeHttp(calls: OutgoingCalls): () => void {
  const open = new WeakMap<ClientRequest, OutgoingCall>();
  return listen<NodeMessage>({
    'http.client.request.created': ({ request }) => open.set(request, calls.begin(outgoing(request), request)),
    'http.client.response.finish': ({ request, response }) => {
      const call = open.get(request);
      if (!call || !response) return;
      call.answered(response.statusCode ?? 0);
      response.once('close', () => call.end());
    },
    'http.client.request.error': ({ request, error }) => open.get(request)?.end(error ?? new Error('unknown')),
  });
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
