import type { Server } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { fastifyInternal } from './fastify-internals.js';
import type { ResolvedHttpOptions } from './http.options.js';

/** Fastify's own default, which tells an adapter that was made with another. */
const FASTIFY_BODY_LIMIT = 1_048_576;
const LONGEST_CHECK_MS = 5000;

interface FastifyInstance {
  initialConfig: { bodyLimit?: number };
  addHook(name: 'onRoute', hook: (route: { bodyLimit?: number }) => void): void;
}

interface FastifyOptions {
  http?: object;
}

interface ExpressAdapter extends AbstractHttpAdapter {
  set(name: 'trust proxy', value: unknown): void;
  disable(name: 'x-powered-by'): void;
  useBodyParser(type: 'json' | 'urlencoded', rawBody: boolean, options: { limit: number; extended?: boolean }): void;
}

/** Limits of an adapter that exists already: timeouts, size of bodies, trusted proxies. */
export function applySettings(adapter: AbstractHttpAdapter, options: ResolvedHttpOptions): void {
  if (adapter.getType() === 'fastify') {
    limitFurtherServers(adapter, options);
    limitFastifyBodies(adapter, options);
  }
  if (adapter.getType() === 'express') setUpExpress(adapter as ExpressAdapter, options);
}

/** What a client may take its time for. */
export function limitTimes(server: Server, options: ResolvedHttpOptions): void {
  Object.assign(server, timeLimits(options));
}

/**
 * Fastify makes the servers for further addresses from the options it was made with, when it is listening already:
 * https://github.com/fastify/fastify/blob/main/lib/server.js (getServerInstance)
 */
function limitFurtherServers(adapter: AbstractHttpAdapter, options: ResolvedHttpOptions): void {
  const own = fastifyInternal<FastifyOptions>(adapter.getInstance<object>(), 'options');
  if (!own) return;
  const limits = timeLimits(options);
  Object.assign(own, {
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: limits.requestTimeout,
    http: { ...own.http, ...limits },
  });
}

function timeLimits({ keepAliveTimeoutMs, headersTimeoutMs, requestTimeoutMs }: ResolvedHttpOptions) {
  return {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Node looks for slow clients every 30 s only, and reads this plain property when it starts to listen:
    // https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener
    connectionsCheckingInterval: Math.min(LONGEST_CHECK_MS, Math.ceil(headersTimeoutMs / 4) || LONGEST_CHECK_MS),
  };
}

function limitFastifyBodies(adapter: AbstractHttpAdapter, { bodyLimit }: ResolvedHttpOptions): void {
  const instance = adapter.getInstance<FastifyInstance>();
  if (instance.initialConfig.bodyLimit !== FASTIFY_BODY_LIMIT) return;
  instance.addHook('onRoute', (route) => {
    route.bodyLimit ??= bodyLimit;
  });
}

function setUpExpress(adapter: ExpressAdapter, { trustProxy, bodyLimit }: ResolvedHttpOptions): void {
  adapter.disable('x-powered-by');
  if (trustProxy !== false) adapter.set('trust proxy', trustProxy);
  const registerParserMiddleware = adapter.registerParserMiddleware.bind(adapter);
  adapter.registerParserMiddleware = (prefix, rawBody = false) => {
    // Nest adds its own parsers, limited to 100 KiB, only where none is; one added in main.ts comes first.
    adapter.useBodyParser('json', rawBody, { limit: bodyLimit });
    adapter.useBodyParser('urlencoded', rawBody, { limit: bodyLimit, extended: true });
    registerParserMiddleware(prefix, rawBody);
  };
}
