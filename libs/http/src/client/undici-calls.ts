import { listen } from './listen.js';
import type { OutgoingCall, OutgoingRequest } from './outgoing-call.js';
import type { OutgoingCalls } from './outgoing-calls.js';
import { UndiciCallers } from './undici-callers.js';

/** What undici, the one of Node and the package, tells of a request: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
interface UndiciRequest {
  method: string;
  origin: string | URL;
  path: string;
  upgrade?: string | null;
  /** Names and values in turn; one text up to undici 5. */
  headers: string | readonly (string | string[])[];
  addHeader(name: string, value: string): void;
}

interface UndiciMessage {
  request: UndiciRequest;
  response?: { statusCode: number };
  error?: unknown;
}

/** @returns what ends it */
export function followUndici(calls: OutgoingCalls): () => void {
  const open = new WeakMap<UndiciRequest, OutgoingCall>();
  const callers = new UndiciCallers();
  const begin = (request: UndiciRequest): void => {
    // Nobody would be told of the end of an upgrade.
    if (request.upgrade || request.method === 'CONNECT') calls.carry(outgoing(request));
    else open.set(request, calls.begin(outgoing(request), request));
  };
  return listen<UndiciMessage>({
    'undici:request:create': ({ request }) => callers.run(request, () => begin(request)),
    'undici:request:headers': ({ request, response }) => response && open.get(request)?.answered(response.statusCode),
    'undici:request:trailers': ({ request }) => open.get(request)?.end(),
    'undici:request:error': ({ request, error }) => open.get(request)?.end(error ?? new Error('unknown')),
  });
}

function outgoing(request: UndiciRequest): OutgoingRequest {
  const { protocol, hostname, port } = new URL(request.origin);
  return {
    method: request.method,
    scheme: protocol.slice(0, -1),
    host: hostname,
    port: port === '' ? undefined : Number(port),
    path: request.path,
    has: (name) => namesOf(request.headers).includes(name),
    set: (name, value) => request.addHeader(name, value),
  };
}

function namesOf(headers: UndiciRequest['headers']): string[] {
  const names =
    typeof headers === 'string'
      ? headers.split('\r\n').map((line) => line.slice(0, Math.max(0, line.indexOf(':'))))
      : headers.filter((_, index) => index % 2 === 0);
  return names.map((name) => String(name).toLowerCase());
}
