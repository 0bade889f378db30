import { MemcachedDriver, type MemcachedOptions } from '@eggybyte/cache';
import { startMemcached, type TestMemcached } from '../../support/memcached.js';
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
export async function startServers(count: number): Promise<TestMemcached[] & AsyncDisposable> {
  const servers = await Promise.all(Array.from({ length: count }, () => startMemcached()));
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

/** How an operation ended and when. */
export async function timed<T>(work: Promise<T>): Promise<{ value?: T; reason?: unknown; ms: number }> {
  const began = performance.now();
  const [result] = await Promise.allSettled([work]);
  const ms = performance.now() - began;
  if (result.status === 'fulfilled') return { value: result.value, ms };
  return { reason: (result.reason as { reason?: unknown }).reason ?? result.reason, ms };
}
