import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
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
  const created = (message: unknown): void => {
    const { request } = message as NodeMessage;
    open.set(request, calls.begin(outgoing(request), request));
  };
  const answered = (message: unknown): void => {
    const { request, response } = message as NodeMessage;
    const call = open.get(request);
    if (!call || !response) return;
    call.answered(response.statusCode ?? 0);
    response.once('close', () => call.end());
  };
  const failed = (message: unknown): void => {
    const { request, error } = message as NodeMessage;
    open.get(request)?.end(error ?? new Error('unknown'));
  };
  subscribe('http.client.request.created', created);
  subscribe('http.client.response.finish', answered);
  subscribe('http.client.request.error', failed);
  return () => {
    unsubscribe('http.client.request.created', created);
    unsubscribe('http.client.response.finish', answered);
    unsubscribe('http.client.request.error', failed);
  };
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
