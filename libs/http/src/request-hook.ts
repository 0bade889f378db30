import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { fastifyInternal } from './fastify-internals.js';
import { refuseRequest } from './refusal.js';
import type { RequestTracker } from './request-tracker.js';
import { trackedOf } from './tracked-request.js';

type RequestHook = (request: unknown, response: unknown, done: (error?: unknown) => void) => unknown;
type SecurityHook = Parameters<AbstractHttpAdapter['registerSecurityHook']>[0];

/**
 * Lets the tracker follow every request of an adapter. Nest's request hook comes before all middleware, on both
 * adapters, and the context entered there lasts to the end of the request. Hooks of others, earlier or later ones, go
 * on working inside of it.
 */
export function hookRequests(adapter: AbstractHttpAdapter, tracker: RequestTracker): void {
  let inner = (adapter as unknown as { onRequestHook?: RequestHook }).onRequestHook;
  adapter.setOnRequestHook(((request, response, done) => {
    const incoming = raw<IncomingMessage>(request);
    return tracker.run(incoming, raw<ServerResponse>(response), (tracked) => {
      if (lacksHost(incoming)) return refuseRequest(tracked, 400);
      return inner ? inner.call(adapter, request, response, done) : done();
    });
  }) satisfies RequestHook);
  adapter.setOnRequestHook = (hook) => {
    inner = hook as RequestHook;
  };

  const routeTriggered = adapter.getOnRouteTriggered();
  adapter.setOnRouteTriggered((method, template) => {
    tracker.routeTaken(template);
    routeTriggered?.(method, template);
  });

  if (adapter.getType() === 'fastify') hookUnroutable(adapter, tracker);
}

/**
 * Fastify answers a URL that it cannot decode before any hook but Nest's security hook, which is called for every
 * request: the answer tells whether it is followed already. Such an answer also has Fastify's own form, unless
 * it is given the error handler of the instance, which Nest sets.
 */
function hookUnroutable(adapter: AbstractHttpAdapter, tracker: RequestTracker): void {
  const register = adapter.registerSecurityHook.bind(adapter);
  let inner: SecurityHook | undefined;
  register((request, response) => {
    const answer = response as ServerResponse;
    if (!trackedOf(answer)) {
      tracker.begin(raw<IncomingMessage>(request), answer);
      const context = fastifyInternal<{ errorHandler: unknown }>(request as object, 'context');
      const errorHandler = fastifyInternal(adapter.getInstance<object>(), 'errorHandler');
      if (context && errorHandler) context.errorHandler = errorHandler;
    }
    return inner?.(request, response);
  });
  adapter.registerSecurityHook = (hook) => {
    inner = hook;
  };
}

/**
 * Lets requests reach the hook that Node would answer by itself, without a body and without a trace: those without a
 * `Host`, and those with an `Expect` that nobody knows.
 */
export function takeOverRefusals(server: Server, tracker: RequestTracker): void {
  Object.assign(server, { requireHostHeader: false });
  server.on('checkExpectation', (request, response) => {
    if (server.listenerCount('checkExpectation') > 1) return;
    tracker.run(request, response, (tracked) => refuseRequest(tracked, 417));
  });
}

function lacksHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.host === undefined;
}

/** Node's own request or response: Fastify has its own around them, Express extends them. */
export function raw<T>(wrapped: unknown): T {
  return (wrapped as { raw?: T }).raw ?? (wrapped as T);
}
