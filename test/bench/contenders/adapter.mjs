/** @param {string} framework */
export async function adapterOf(framework) {
  if (framework === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}
