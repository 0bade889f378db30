import type { ServerResponse } from 'node:http';
import { RequestMethod } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { enterContext, requestContext } from '@eggybyte/observability';
import { raw } from './request-hook.js';
import { TrackedRequest, trackedOf } from './tracked-request.js';

type Handler = (request: unknown, response: unknown, next: unknown) => unknown;
type Register = (...args: unknown[]) => unknown;

/** An adapter has one for each of them, by its name in lower case. */
const METHODS = Object.values(RequestMethod).filter((method) => typeof method === 'string');

/**
 * Lets each handler run in the context of its own request: middleware may go on out of another one, or out of none, as it
 * does that waits for the body by events, or for what several requests have asked for at once.
 */
export function runRoutesInContext(adapter: AbstractHttpAdapter): void {
  const methods = adapter as unknown as Record<string, Register | undefined>;
  for (const method of METHODS.map((name) => name.toLowerCase())) {
    const register = methods[method]?.bind(adapter);
    if (register) methods[method] = (...args) => register(...args.slice(0, -1), inOwnContext(args.at(-1)));
  }
}

function inOwnContext(handler: unknown): unknown {
  // Express takes one with four parameters for a handler of errors.
  if (typeof handler !== 'function' || handler.length > 3) return handler;
  const handle = handler as Handler;
  const inContext: Handler = (request, response, next) => {
    const tracked = trackedOf(raw<ServerResponse>(response));
    const current = requestContext();
    // One that middleware has made itself is meant.
    const isMeant = current !== undefined && (current === tracked || !(current instanceof TrackedRequest));
    if (!tracked || isMeant) return handle(request, response, next);
    return enterContext(tracked, handle, request, response, next);
  };
  // Adapters read what else they are told of a route from its handler.
  for (const key of Reflect.getMetadataKeys(handle) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handle), inContext);
  }
  return Object.defineProperty(Object.assign(inContext, handle), 'name', { value: handle.name });
}
