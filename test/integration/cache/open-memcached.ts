import { MemcachedDriver, type MemcachedOptions } from '@eggybyte/cache';
import { makeAuthority } from '../../support/certificates.js';
import { type MemcachedOptions as ServerOptions, startMemcached, type TestMemcached } from '../../support/memcached.js';
import { waitUntil } from '../../support/wait-until.js';

/** A driver that closes with its test. */
export class TestDriver extends MemcachedDriver implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Until every server answers. */
  async whenUp(): Promise<void> {
    await waitUntil(async () => (await this.health()).every(({ up }) => up), { what: 'every server to be up' });
  }
}

/** Servers that end with their test. */
export async function startServers(
  count: number,
  options: ServerOptions = {},
): Promise<TestMemcached[] & AsyncDisposable> {
  const servers = await Promise.all(Array.from({ length: count }, () => startMemcached(options)));
  return Object.assign(servers, {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  });
}

/** Connected, or failed once. Reconnects fast. */
export async function openMemcached(
  servers: readonly string[],
  options: Partial<MemcachedOptions> = {},
): Promise<TestDriver> {
  const driver = new TestDriver({ servers, longestBackoff: '200ms', ...options });
  await driver.connected();
  return driver;
}

/** How servers are started, and what a driver needs to connect to them. */
export interface Transport {
  server: ServerOptions;
  driver: Pick<MemcachedOptions, 'tls' | 'credentials'>;
}

/** What holds for one holds for the other. */
export function transports(): [string, Transport][] {
  const authority = makeAuthority();
  const credentials = { username: 'shop', password: 'p@ss:wörd' };
  return [
    ['over TCP', { server: {}, driver: {} }],
    [
      'over TLS, with credentials',
      {
        server: { tls: authority.issue({ ip: ['127.0.0.1'] }), credentials },
        driver: { tls: { ca: authority.ca }, credentials },
      },
    ],
  ];
}

/** How an operation ended and when. */
export async function timed<T>(work: Promise<T>): Promise<{ value?: T; reason?: unknown; ms: number }> {
  const began = performance.now();
  const [result] = await Promise.allSettled([work]);
  const ms = performance.now() - began;
  if (result.status === 'fulfilled') return { value: result.value, ms };
  return { reason: (result.reason as { reason?: unknown }).reason ?? result.reason, ms };
}
