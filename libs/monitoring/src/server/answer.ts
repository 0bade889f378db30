import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer of the monitoring server. */
export interface Answer {
  status: number;
  contentType: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

/** What a request asks for: its path without the query, and that. */
export interface Target {
  path: string;
  query: URLSearchParams;
}

export function targetOf({ url = '' }: IncomingMessage): Target {
  const at = url.indexOf('?');
  return { path: at < 0 ? url : url.slice(0, at), query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)) };
}

/** Nobody keeps what this server tells, or takes it for something else. */
export const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Writes the answer; to HEAD the same without its body. */
export function send(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...COMMON_HEADERS,
    ...headers,
  });
  response.end(body);
}

export function plain(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, headers };
}

/** @throws TypeError for what JSON cannot tell. */
export function json(status: number, body: unknown): Answer {
  const text = JSON.stringify(body) as string | undefined;
  if (text === undefined) throw new TypeError('the body of its answer cannot be told as JSON');
  return { status, contentType: 'application/json; charset=utf-8', body: text };
}

const CLOSE = { Connection: 'close' };

/** The answer to a request that this server takes from nobody; undefined for a decent one. */
export function refusal(request: IncomingMessage): Answer | undefined {
  // Node's parser lets these pass: two Host headers, and HTTP/0.9.
  const hosts = request.headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || request.httpVersionMajor !== 1) return plain(400, 'bad request', CLOSE);
  if (request.method === 'POST') return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodRefused();
  // Its bytes are never read, so the connection cannot be used again.
  return hasBody(request) ? plain(400, 'a body is not taken', CLOSE) : undefined;
}

/** Its body, if there is one, is never read, so the connection cannot be used again. */
export function methodRefused(): Answer {
  return plain(405, 'method not allowed', { ...CLOSE, Allow: 'GET, HEAD' });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
