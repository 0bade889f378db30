import { type CacheDriver, MemcachedDriver, type MemcachedOptions, MemoryCacheDriver } from '@eggybyte/cache';
import { makeAuthority } from '../../support/certificates.js';
import { startMemcached, type TestMemcached } from '../../support/memcached.js';

/** A driver with the servers that it needs. */
export interface DriverUnderTest {
  driver: CacheDriver;
  stop(): Promise<void>;
}

async function memcached(
  servers: readonly TestMemcached[],
  options: Pick<MemcachedOptions, 'tls' | 'credentials'> = {},
): Promise<DriverUnderTest> {
  const driver = new MemcachedDriver({ servers: servers.map(({ address }) => address), timeout: '2s', ...options });
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
  [
    'memcached over TLS, with credentials',
    async () => {
      const { ca, issue } = makeAuthority();
      const credentials = { username: 'shop', password: 'p@ss:wörd' };
      const server = await startMemcached({ tls: issue({ ip: ['127.0.0.1'] }), credentials });
      return memcached([server], { tls: { ca }, credentials });
    },
  ],
];
