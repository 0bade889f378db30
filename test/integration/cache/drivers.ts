import { type CacheDriver, MemcachedDriver, MemoryCacheDriver } from '@eggybyte/cache';
import { startMemcached, type TestMemcached } from '../../support/memcached.js';

/** A driver with the servers that it needs. */
export interface DriverUnderTest {
  driver: CacheDriver;
  stop(): Promise<void>;
}

async function memcached(servers: readonly TestMemcached[]): Promise<DriverUnderTest> {
  const driver = new MemcachedDriver({ servers: servers.map(({ address }) => address), timeout: '2s' });
  await driver.connected();
  return {
    driver,
    async stop() {
      await driver.close();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** Every driver that the contract holds for. */
export const drivers: readonly [string, () => Promise<DriverUnderTest>][] = [
  [
    'memory',
    async () => {
      const driver = new MemoryCacheDriver();
      return { driver, stop: () => driver.close() };
    },
  ],
  ['memcached, one server', async () => memcached([await startMemcached()])],
  [
    'memcached, three servers',
    async () => memcached(await Promise.all([startMemcached(), startMemcached(), startMemcached()])),
  ],
];
