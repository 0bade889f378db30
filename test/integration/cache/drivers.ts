import { CacheDriver, EggyCacheModule, MemcachedDriver, MemoryCacheDriver } from '@eggybyte/cache';
import { Test } from '@nestjs/testing';
import { OtherClientDriver } from './other-client.js';
import { startServers, type Transport, transports } from './open-memcached.js';

/** A driver with the servers that it needs. */
export interface DriverUnderTest {
  driver: CacheDriver;
  stop(): Promise<void>;
}

async function memcached(count: number, { server, driver: access }: Transport): Promise<DriverUnderTest> {
  const servers = await startServers(count, server);
  const driver = new MemcachedDriver({ servers: servers.map(({ address }) => address), timeout: '2s', ...access });
  await driver.connected();
  return {
    driver,
    async stop() {
      await driver.close();
      await servers[Symbol.asyncDispose]();
    },
  };
}

/** As the module gives it to a service. */
async function otherClient(): Promise<DriverUnderTest> {
  const servers = await startServers(1);
  const [server] = servers;
  const driver = () => new OtherClientDriver(server?.address ?? '');
  const module = await Test.createTestingModule({
    imports: [EggyCacheModule.forRoot({ driver, timeout: '2s' })],
  }).compile();
  return {
    driver: module.get(CacheDriver as never, { strict: false }),
    async stop() {
      await module.close();
      await servers[Symbol.asyncDispose]();
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
  ['another client, by a factory', otherClient],
  ['memcached, three servers', () => memcached(3, { server: {}, driver: {} })],
  ...transports().map(([name, transport]): [string, () => Promise<DriverUnderTest>] => [
    `memcached, one server, ${name}`,
    () => memcached(1, transport),
  ]),
];
