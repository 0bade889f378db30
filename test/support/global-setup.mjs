import './ts-resolution.mjs';

/** Starts the servers that the integration, e2e and package rings share; runs once for all of them. */
export default async function setup() {
  const { startSharedServers } = await import('./servers.ts');
  globalThis.eggySharedServers = await startSharedServers();
}
