import type { Server } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { portOwner } from '@eggybyte/errors';
import { HttpListenError, HttpPortInUseError, type ListenTarget } from './http.errors.js';

type Callback = (...result: unknown[]) => void;

const SYSTEM_CALLS = new Set(['listen', 'bind', 'getaddrinfo']);
/** Of Nest's `app.listen`: it would log the bare error, and reject with it before the explained one is there. */
const NEST_LISTENER = 'errorHandler';

/** Lets a `listen` that fails tell its callback, which Nest and the launcher look at, what is wrong with host or port. */
export function explainListenErrors(adapter: AbstractHttpAdapter): void {
  const listen = adapter.listen.bind(adapter) as (...args: unknown[]) => unknown;
  adapter.listen = (...args: unknown[]) => {
    const tell = takeCallback(args);
    removeNestListener(adapter.getHttpServer() as Server);
    return listen(...args, (...result: unknown[]) => {
      if (result[0]) explained(result[0], targetOf(args)).then(tell, tell);
      else tell(...result);
    });
  };
}

/** Lets a server itself tell the callback of its `listen` what went wrong, as Fastify does; Node's own never does. */
export function tellListenErrors(server: Server): void {
  const listen = server.listen.bind(server) as (...args: unknown[]) => Server;
  const telling = (...args: unknown[]): Server => {
    const tell = takeCallback(args);
    let failed = false;
    const fail = (error: unknown): void => {
      failed = true;
      tell(error);
    };
    server.once('error', fail);
    return listen(...args, () => {
      // Node keeps the callback of a failed attempt, and would call it after a later one that succeeds.
      if (failed) return;
      server.off('error', fail);
      tell();
    });
  };
  server.listen = telling as typeof server.listen;
}

function takeCallback(args: unknown[]): Callback {
  return typeof args.at(-1) === 'function' ? (args.pop() as Callback) : () => undefined;
}

function removeNestListener(server: Server): void {
  for (const listener of server.listeners('error')) {
    if (listener.name === NEST_LISTENER) server.off('error', listener as () => void);
  }
}

/** Anything else that keeps a server from listening, such as a plugin of Fastify, explains itself. */
async function explained(error: unknown, target: ListenTarget): Promise<unknown> {
  const { code, syscall = '' } = error as NodeJS.ErrnoException;
  if (!SYSTEM_CALLS.has(syscall)) return error;
  if (code !== 'EADDRINUSE') return new HttpListenError(target, error);
  return new HttpPortInUseError(target, await portOwner(Number(target.port)), error);
}

/** `listen(port, host?)`, `listen(path)`, or one object with these. */
function targetOf([first, second]: unknown[]): ListenTarget {
  const { port, host, path } = (typeof first === 'object' && first !== null ? first : { port: first }) as {
    port?: unknown;
    host?: unknown;
    path?: unknown;
  };
  const named = typeof second === 'string' ? second : host;
  const place = path ?? port;
  const isPath = typeof place === 'string' && Number.isNaN(Number(place));
  return { port: isPath ? place : Number(place ?? 0), host: typeof named === 'string' ? named : undefined };
}
