import type { IncomingMessage } from 'node:http';
import { type Answer, plain } from '../server/answer.js';

/** More than any endpoint asks for. */
const MOST_BYTES = 64 * 1024;
const JSON_TYPE = /^application\/json\s*(?:;.*)?$/i;
const CLOSE = { Connection: 'close' };

/** What a request brings along; or the answer to one whose body is none, with which its connection ends. */
export type JsonBody = { body: unknown } | { refused: Answer };

/**
 * Reads a body of JSON. A page of another site can send no such type without being asked first, and the answer to that
 * question is no.
 */
export async function readJson(request: IncomingMessage): Promise<JsonBody> {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return refused(415, 'application/json is wanted');
  if (request.headers['content-encoding'] !== undefined) return refused(415, 'no encoding is taken');
  const chunks: Buffer[] = [];
  let length = 0;
  // The connection is needed for the answer, also when the rest is not read.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return refused(413, `the body is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return { body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
  } catch {
    return refused(400, 'the body is no JSON');
  }
}

function refused(status: number, text: string): JsonBody {
  return { refused: plain(status, text, CLOSE) };
}
