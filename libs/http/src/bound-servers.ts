import type { Server } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { fastifyInternal } from './fastify-internals.js';

/** Every server of an adapter: for the host `localhost` Fastify binds a second address with a server of its own. */
export function boundServers(adapter: AbstractHttpAdapter): Server[] {
  const main = adapter.getHttpServer() as Server | undefined;
  const more = fastifyInternal<Server[]>(adapter.getInstance<object>(), 'serverBindings') ?? [];
  return main ? [main, ...more] : more;
}
