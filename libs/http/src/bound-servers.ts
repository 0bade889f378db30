import type { Server } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { fastifyInternal } from './fastify-internals.js';

type Callback = (...result: unknown[]) => void;

/** Every server of an adapter: for the host `localhost` Fastify binds a second address with a server of its own. */
export function boundServers(adapter: AbstractHttpAdapter): Server[] {
  const main = adapter.getHttpServer() as Server | undefined;
  const more = fastifyInternal<Server[]>(adapter.getInstance<object>(), 'serverBindings') ?? [];
  return main ? [main, ...more] : more;
}

/**
 * Calls `setUp` once for every server of an adapter, as early as there is one: Express' is made after the container,
 * Fastify's with the adapter, and those for further addresses when it listens.
 */
export function onEveryServer(adapter: AbstractHttpAdapter, setUp: (server: Server) => void): void {
  const known = new WeakSet<Server>();
  const setUpNew = (): void => {
    for (const server of boundServers(adapter)) {
      if (known.has(server)) continue;
      known.add(server);
      if (server !== adapter.getHttpServer()) forwardOnlyHandled(server, adapter.getHttpServer() as Server);
      setUp(server);
    }
  };
  const initHttpServer = adapter.initHttpServer.bind(adapter);
  const listen = adapter.listen.bind(adapter) as (...args: unknown[]) => unknown;
  adapter.initHttpServer = (options: NestApplicationOptions) => {
    initHttpServer(options);
    setUpNew();
  };
  adapter.listen = (...args: unknown[]) => {
    const tell = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : () => undefined;
    return listen(...args, (...result: unknown[]) => {
      setUpNew();
      tell(...result);
    });
  };
  setUpNew();
}

/**
 * Fastify's further servers hand their upgrades on to the main one, also when nobody listens there: such a request would
 * hang for ever. Without a listener Node takes it for one that asks for no upgrade.
 */
function forwardOnlyHandled(server: Server, main: Server): void {
  const forwards = server.listeners('upgrade') as (() => void)[];
  const sync = (): void => {
    server.removeAllListeners('upgrade');
    if (main.listenerCount('upgrade') > 0) for (const forward of forwards) server.on('upgrade', forward);
  };
  sync();
  main.on('newListener', (event) => {
    // The listener itself is added right after this.
    if (event === 'upgrade') queueMicrotask(sync);
  });
  main.on('removeListener', (event) => {
    if (event === 'upgrade') sync();
  });
}
