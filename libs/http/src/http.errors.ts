import { EggyError, messageOf } from '@eggybyte/errors';

/** Where it was to be listened: host and port, or the path of a socket. */
export interface ListenTarget {
  /** `undefined` for every address. */
  host?: string | undefined;
  port: number | string;
}

/** The port of the HTTP server is taken: `EGGY_HTTP_PORT_IN_USE`. */
export class HttpPortInUseError extends EggyError {
  /** @param owner who has it, as `portOwner` of `@eggybyte/errors` tells; `undefined` when that is unknown. */
  constructor(target: ListenTarget, owner: string | undefined, cause: unknown) {
    super('EGGY_HTTP_PORT_IN_USE', {
      what: `HTTP cannot be served on ${addressOf(target)}`,
      why: `port ${target.port} is in use${owner ? ` by ${owner}` : ', most likely by another service on this machine or by an earlier run of this one'}`,
      fix: 'stop the other one, or set PORT to a free port (0 takes any)',
      cause,
    });
  }
}

/** The address of the HTTP server cannot be bound for another reason: `EGGY_HTTP_LISTEN`. */
export class HttpListenError extends EggyError {
  constructor(target: ListenTarget, cause: unknown) {
    const what = `HTTP cannot be served on ${addressOf(target)}`;
    super('EGGY_HTTP_LISTEN', { what, cause, ...explain(target, cause) });
  }
}

function explain({ host, port }: ListenTarget, cause: unknown): { why: string; fix: string } {
  const code: string = (cause as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'EACCES':
      return {
        why: `this user may not bind ${typeof port === 'number' ? `port ${port}` : port}`,
        fix: 'set PORT to a port from 1024 on, or let the process bind this one',
      };
    case 'EADDRNOTAVAIL':
      return {
        why: `${host} is not an address of this machine`,
        fix: 'set HOST to one of its addresses, or to 0.0.0.0 for all of them',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        why: `the host name ${host} does not resolve`,
        fix: 'set HOST to a name that does, to an address of this machine, or to 0.0.0.0 for all of them',
      };
    default:
      return { why: messageOf(cause), fix: 'correct HOST and PORT' };
  }
}

function addressOf({ host, port }: ListenTarget): string {
  if (typeof port === 'string') return port;
  if (!host) return `port ${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
