import type { Server } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { ResolvedHttpOptions } from './http.options.js';

/** Fastify's own default, which tells an adapter that was made with another. */
const FASTIFY_BODY_LIMIT = 1_048_576;
const LONGEST_CHECK_MS = 5000;

interface FastifyInstance {
  initialConfig: { bodyLimit?: number };
  addHook(name: 'onRoute', hook: (route: { bodyLimit?: number }) => void): void;
}

interface ExpressAdapter extends AbstractHttpAdapter {
  set(name: 'trust proxy', value: unknown): void;
  disable(name: 'x-powered-by'): void;
  useBodyParser(type: 'json' | 'urlencoded', rawBody: boolean, options: { limit: number; extended?: boolean }): void;
}

/** Limits of an adapter that exists already: timeouts, size of bodies, trusted proxies. */
export function applySettings(adapter: AbstractHttpAdapter, options: ResolvedHttpOptions): void {
  limitTimes(adapter, options);
  if (adapter.getType() === 'fastify') limitFastifyBodies(adapter, options);
  if (adapter.getType() === 'express') setUpExpress(adapter as ExpressAdapter, options);
}

/** Express' server is made after the container, Fastify's with the adapter. */
function limitTimes(adapter: AbstractHttpAdapter, options: ResolvedHttpOptions): void {
  const initHttpServer = adapter.initHttpServer.bind(adapter);
  adapter.initHttpServer = (nestOptions: NestApplicationOptions) => {
    initHttpServer(nestOptions);
    setTimeouts(adapter.getHttpServer() as Server, options);
  };
  const server = adapter.getHttpServer() as Server | undefined;
  if (server) setTimeouts(server, options);
}

function setTimeouts(server: Server, options: ResolvedHttpOptions): void {
  server.keepAliveTimeout = options.keepAliveTimeoutMs;
  server.headersTimeout = options.headersTimeoutMs;
  server.requestTimeout = options.requestTimeoutMs;
  // Node looks for slow clients every 30 s only, and reads this plain property when it starts to listen:
  // https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener
  const checked = {
    connectionsCheckingInterval: Math.min(
      LONGEST_CHECK_MS,
      Math.ceil(options.headersTimeoutMs / 4) || LONGEST_CHECK_MS,
    ),
  };
  Object.assign(server, checked);
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
