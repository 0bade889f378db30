import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { failureOf } from '../health/failure-reason.js';
import { isSession } from './admin-session.js';

export interface AdminAccessOptions {
  /** The token that is wanted now; without one nobody gets in by a token. */
  token: () => string | undefined;
  /** Whether somebody at this very machine needs no token. */
  relaxed: boolean;
}

/** What lets somebody in: the token, a session made of it, or being at this machine where that is enough. */
export type AdminRight = 'token' | 'session' | 'local';

const BEARER = /^bearer +(\S+)$/i;
const LOOPBACK_PEER = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
/** What proxies add: a request with one of these came from further away than its peer. */
const FORWARDING =
  /^(forwarded|via|x-forwarded(-.*)?|x-original-.*|x-(real|client|cluster-client|proxyuser)-ip|x-envoy-.*|true-client-ip|cf-.*|fastly-client-ip)$/;

/** Decides who may see the admin endpoints. */
export class AdminAccess {
  readonly #logger = new Logger(AdminAccess.name);
  #tokenFails = false;

  constructor(private readonly options: AdminAccessOptions) {}

  /** @param session one that came in another way than by the header, as the address of a page can have no header */
  rightOf(request: IncomingMessage, session?: string | null): AdminRight | undefined {
    const token = this.token();
    const given = bearerOf(request);
    if (isToken(given, token)) return 'token';
    // With an empty token anybody could make one.
    if (token && isSession(given ?? session ?? '', token)) return 'session';
    return this.options.relaxed && isAtThisMachine(request) ? 'local' : undefined;
  }

  /** Asked for at each request, so that one that was rotated counts at once. */
  token(): string | undefined {
    try {
      const token = this.options.token();
      this.#tokenFails = false;
      return token;
    } catch (error) {
      // Not thrown on: an answer of its own would tell that there is something to get into.
      if (!this.#tokenFails) this.#logger.error({ msg: `the admin token cannot be read: ${failureOf(error).detail}` });
      this.#tokenFails = true;
      return undefined;
    }
  }
}

function bearerOf({ headersDistinct }: IncomingMessage): string | undefined {
  const [authorization = '', second] = headersDistinct['authorization'] ?? [];
  return second === undefined ? BEARER.exec(authorization)?.[1] : undefined;
}

function isToken(given: string | undefined, token: string | undefined): boolean {
  // Digests have one length, so that the comparison tells nothing of the token's. One that is given is never empty.
  const same = timingSafeEqual(digest(given ?? ''), digest(token ?? ''));
  return same && given !== undefined;
}

/**
 * Somebody who works at this machine, as far as a request can show: not through a proxy, not by a name that DNS may
 * have rebound to it, and not from the page of another site.
 */
function isAtThisMachine({ socket, headers }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'] ?? 'none';
  return (
    LOOPBACK_PEER.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(host) &&
    !Object.keys(headers).some((name) => FORWARDING.test(name)) &&
    (origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`) &&
    (site === 'none' || site === 'same-origin')
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
