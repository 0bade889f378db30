/** @param {string} framework @param {object} [forFastify] options that Fastify takes itself */
export async function adapterOf(framework, forFastify) {
  if (framework === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter(forFastify);
}
