import { text as readText } from 'node:stream/consumers';
import { type Agent, type IncomingMessage, request as send } from 'node:http';

/** An answer, read to its end. */
export interface Answer {
  status: number;
  /** By lower-case name; several of one name are joined by a comma. */
  headers: Record<string, string>;
  /** Parsed where the answer is JSON, else its text. */
  // oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would put a cast before every assertion
  body: any;
}

/** Not by fetch(): it follows redirects, and its connections and timers are the process', so they outlive a test. */
export async function request(
  agent: Agent,
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = body === undefined ? undefined : Buffer.from(raw ? body : JSON.stringify(body));
  const call = send(url, {
    agent,
    method,
    headers: {
      ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
      ...(bytes && { 'content-length': bytes.length }),
      ...lowerCased(headers),
    },
  });
  call.on('response', resolve).on('error', reject).end(bytes);
  const answer = await promise;
  const text = await readText(answer);
  return {
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(answer.headersDistinct).map(([name, all = []]) => [name, all.join(', ')]),
    ),
    body: answer.headers['content-type']?.includes('json') && text !== '' ? (JSON.parse(text) as unknown) : text,
  };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
