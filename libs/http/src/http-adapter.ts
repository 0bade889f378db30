import type { AbstractHttpAdapter } from '@nestjs/core';
import type { HttpOptions } from './http.options.js';

/**
 * A Nest adapter with those options that a framework only takes when it is made. Its package is loaded now, and has to
 * be installed.
 */
export async function createHttpAdapter(
  framework: 'fastify' | 'express',
  { trustProxy = false }: Pick<HttpOptions, 'trustProxy'> = {},
): Promise<AbstractHttpAdapter> {
  if (framework === 'fastify') {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter({ trustProxy });
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', trustProxy);
  return adapter;
}
