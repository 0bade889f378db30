// The contenders of cache.bench.mjs as they come, one connection where that can be told; how each is asked.
import { promisify } from 'node:util';
import { CacheService, Cache, EggyCacheModule, MemcachedDriver } from '@eggybyte/cache';
import { Metrics } from '@eggybyte/observability';
import { KeyvMemcache } from '@keyv/memcache';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { MemcacheClient } from 'memcache-client';
import MemcachePp from 'memcache-pp';
import Memcached from 'memcached';
import memjs from 'memjs';
import { rawClient } from './cache-raw.mjs';

const TTL_SECONDS = 3600;
const TTL_MS = TTL_SECONDS * 1000;

/** Each by its name in the results: what connects it, and what it gets and sets. */
export const CLIENTS = {
  raw: (host, port) => rawClient(host, port),

  async 'memcache-pp'(host, port) {
    const client = new MemcachePp(`${host}:${port}`);
    return {
      get: (key) => client.get(key),
      getMany: async (keys) => Object.values(await client.getMulti(keys)),
      set: (key, value) => client.set(key, value, TTL_SECONDS),
    };
  },

  async memjs(host, port) {
    const client = memjs.Client.create(`${host}:${port}`);
    const get = async (key) => (await client.get(key)).value;
    return {
      get,
      getMany: (keys) => Promise.all(keys.map(get)),
      set: (key, value) => client.set(key, value, { expires: TTL_SECONDS }),
    };
  },

  async memcached(host, port) {
    const client = new Memcached(`${host}:${port}`);
    const getMulti = promisify(client.getMulti.bind(client));
    const set = promisify(client.set.bind(client));
    return {
      get: promisify(client.get.bind(client)),
      getMany: async (keys) => Object.values(await getMulti(keys)),
      set: (key, value) => set(key, value, TTL_SECONDS),
    };
  },

  async 'memcache-client'(host, port) {
    const client = new MemcacheClient({ server: `${host}:${port}` });
    return {
      get: async (key) => (await client.get(key)).value,
      getMany: async (keys) => Object.values(await client.get(keys)).map(({ value }) => value),
      set: (key, value) => client.set(key, value, { lifetime: TTL_SECONDS }),
    };
  },

  async 'cache-manager + @keyv/memcache'(host, port) {
    return managed(createCache({ stores: [new Keyv({ store: new KeyvMemcache(`${host}:${port}`) })] }));
  },

  async MemcachedDriver(host, port) {
    const driver = new MemcachedDriver({ servers: [`${host}:${port}`] });
    await driver.connected();
    return {
      get: (key) => driver.get(key),
      getMany: async (keys) => [...(await driver.getMulti(keys)).values()],
      set: (key, value) => driver.set(key, value, TTL_MS),
      encode: (text) => Buffer.from(text),
    };
  },

  async CacheService(host, port) {
    const cache = (await suite(host, port)).get(CacheService);
    return {
      get: (key) => cache.get(key),
      getMany: async (keys) => [...(await cache.getMany(keys)).values()],
      set: (key, value) => cache.set(key, value, TTL_MS),
    };
  },

  async Cache(host, port) {
    return managed((await suite(host, port)).get(Cache));
  },
};

/** cache-manager, over whatever it stores in. */
function managed(cache) {
  return {
    get: (key) => cache.get(key),
    getMany: (keys) => cache.mget(keys),
    set: (key, value) => cache.set(key, value, TTL_MS),
  };
}

/** The cache as a service has it, with its metrics. */
async function suite(host, port) {
  class MetricsModule {}
  Module({ providers: [Metrics], exports: [Metrics] })(MetricsModule);
  class AppModule {}
  const cache = EggyCacheModule.forRoot({ servers: [`${host}:${port}`] });
  Module({ imports: [{ module: MetricsModule, global: true }, cache] })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}
