/**
 * A part of Fastify that is only reachable by a symbol of its own. Each use says what for; where a part is missing, it
 * does without. https://github.com/fastify/fastify/blob/main/lib/symbols.js
 */
export function fastifyInternal<T>(object: object, name: string): T | undefined {
  const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === `fastify.${name}`);
  return symbol && (object as Record<symbol, T>)[symbol];
}
