import type { IncomingMessage } from 'node:http';
import { ArgumentError, milliseconds } from '@eggybyte/errors';
import { type Answer, json } from '../server/answer.js';
import { makeSession } from './admin-session.js';

const DEFAULT_TTL = '1h';
const LONGEST_MS = 24 * 60 * 60 * 1000;
const HOST = /^[\w.[\]:-]{1,255}$/;

/** What `POST /session` answers: where the page opens without the token. */
export interface SessionAnswer {
  path: string;
  /** The same at the host that was asked. */
  url: string;
  expires_at: string;
}

/** Makes a session of the token, for `{ "ttl": "8h" }` or an hour. */
export function sessionAnswer(request: IncomingMessage, body: unknown, token: string): Answer {
  try {
    const expiresAt = Date.now() + ttlOf(body);
    const path = `/?session=${makeSession(token, expiresAt)}`;
    const { host = '' } = request.headers;
    const url = `http://${HOST.test(host) ? host : 'localhost'}${path}`;
    return json(200, { path, url, expires_at: new Date(expiresAt).toISOString() } satisfies SessionAnswer);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return json(400, { error: error.message });
  }
}

/** @throws ArgumentError */
function ttlOf(body: unknown): number {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject || Object.keys(body).some((name) => name !== 'ttl')) {
    throw new ArgumentError('body', 'an object with at most a ttl', body);
  }
  const { ttl = DEFAULT_TTL } = body as { ttl?: unknown };
  const ttlMs = milliseconds(ttl as never, 'ttl');
  if (ttlMs < 1 || ttlMs > LONGEST_MS) throw new ArgumentError('ttl', 'a duration above 0 and up to 24h', ttl);
  return ttlMs;
}
