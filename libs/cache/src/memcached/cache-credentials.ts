import { ArgumentError } from '@eggybyte/errors';
import { REDACTED } from '@eggybyte/observability';
import { LineOperation } from './operation.js';

/** A user of memcached's ASCII authentication (`memcached -Y`): texts without spaces and control characters. */
export interface CacheCredentials {
  username: string;
  password: string;
}

/**
 * Without credentials nothing is sent. A function is asked for each new connection, so that rotated ones hold from the
 * next one on; what it throws or what cannot be sent counts as a failed connect. Open connections stay: memcached
 * asks once for each.
 */
export type CacheCredentialsOption = CacheCredentials | (() => CacheCredentials | undefined);

/** memcached cuts user and password apart at a space, and has no way to quote one. */
const SENDABLE = /^[^\p{Cc} ]+$/u;

/** @throws ArgumentError, which shows nothing of what was given. */
export function checkCredentials(credentials: CacheCredentials | undefined): CacheCredentials | undefined {
  if (credentials === undefined) return undefined;
  for (const name of ['username', 'password'] as const) {
    const text: unknown = credentials?.[name];
    if (typeof text !== 'string' || !SENDABLE.test(text)) {
      throw new ArgumentError(`credentials.${name}`, 'a text without spaces and control characters', REDACTED);
    }
  }
  return { username: credentials.username, password: credentials.password };
}

/** Answered with `false` when the server does not take them. */
export function authentication({ username, password }: CacheCredentials): LineOperation<boolean> {
  const token = Buffer.from(`${username} ${password}`);
  // Already over when it arrives: a server that asks for no credentials would keep them for all to read.
  const command = `set eggybyte:credentials 0 -1 ${token.length}\r\n`;
  return new LineOperation([command, token, '\r\n'], (line) => {
    if (line === 'STORED') return true;
    return line.startsWith('CLIENT_ERROR ') ? false : undefined;
  });
}

/** `version`, as the first command of a connection: answered with `false` by a server that asks for credentials. */
export function greeting(): LineOperation<boolean> {
  return new LineOperation(['version\r\n'], (line) => {
    if (line.startsWith('VERSION ')) return true;
    return line === 'CLIENT_ERROR unauthenticated' ? false : undefined;
  });
}
