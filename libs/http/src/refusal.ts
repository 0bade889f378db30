import { type DescribedError, describeError, errorBody, reason } from './error-answer.js';
import type { TrackedRequest } from './tracked-request.js';

type Headers = readonly (readonly [name: string, value: string])[];

/** What is told of a request that is refused before anybody handles it, by status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request is not valid HTTP',
  408: 'The request was not received in time',
  413: 'The extensions of a chunk are too large',
  417: 'This expectation cannot be met',
  431: 'The headers of the request are too large',
};
const BODY_TYPE = 'application/json; charset=utf-8';

/** Answers a request in place of its handler, as the last one of its connection. */
export function refuseRequest(tracked: TrackedRequest, status: number): void {
  const { response, requestId } = tracked;
  if (!response) return;
  const body = bodyOf(status, requestId);
  for (const name of response.getHeaderNames()) {
    if (/^(content-(type|length|encoding)|transfer-encoding|trailer)$/.test(name)) response.removeHeader(name);
  }
  response.statusCode = status;
  tracked.announceClose();
  response.setHeader('Content-Type', BODY_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
  tracked.ignoreHandler();
}

/** The bytes of such an answer where there is no request to answer. */
export function refusalBytes(status: number, requestId: string, headers: Headers): string {
  const body = bodyOf(status, requestId);
  const all: Headers = [
    ['Connection', 'close'],
    ['Content-Type', BODY_TYPE],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['X-Request-Id', requestId],
    ...headers,
  ];
  return `HTTP/1.1 ${status} ${reason(status)}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

function bodyOf(status: number, requestId: string): string {
  const described: DescribedError = describeError({ statusCode: status, message: MESSAGES[status] });
  return JSON.stringify(errorBody(described, requestId));
}
