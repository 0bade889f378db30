import { type ConfigShape, duration, list, text } from '@eggybyte/config';

/** The cache. */
export const cacheVariables = {
  CACHE_SERVERS: list({ default: [], description: 'memcached servers as host:port; empty: in-process memory.' }),
  CACHE_TIMEOUT: duration({ default: '250ms', min: '1ms', description: 'Deadline of one cache operation.' }),
  CACHE_CONNECT_TIMEOUT: duration({ default: '1s', min: '1ms', description: 'Deadline of one attempt to connect.' }),
  CACHE_DEFAULT_TTL: duration({ default: '60s', description: 'Time to live when none is given.' }),
  CACHE_KEY_PREFIX: text({ optional: true, description: 'Put before each key; `<service>:` when not set.' }),
} satisfies ConfigShape;
