import { bool, type ConfigShape, duration, list, reloadable, secret, text } from '@eggybyte/config';
import { certificates, privateKey } from './pem.js';

/** What the protocol of memcached can carry. */
const SENDABLE = { pattern: /^[^\p{Cc} ]+$/u, expected: 'a text without spaces and control characters' } as const;

/** The cache. */
export const cacheVariables = {
  CACHE_SERVERS: list({ default: [], description: 'memcached servers as host:port; empty: in-process memory.' }),
  CACHE_TIMEOUT: duration({ default: '250ms', min: '1ms', description: 'Deadline of one cache operation.' }),
  CACHE_CONNECT_TIMEOUT: duration({ default: '1s', min: '1ms', description: 'Deadline of one attempt to connect.' }),
  CACHE_DEFAULT_TTL: duration({ default: '60s', description: 'Time to live when none is given.' }),
  CACHE_KEY_PREFIX: text({ optional: true, description: 'Put before each key; `<service>:` when not set.' }),
  CACHE_TLS: bool({
    default: false,
    description: 'Whether memcached is reached by TLS; its certificate and name are always verified.',
  }),
  CACHE_TLS_CA: reloadable(
    text({
      ...certificates('CACHE_TLS_CA'),
      description: 'Authorities of the certificates of memcached; those that Node trusts when not set.',
    }),
  ),
  CACHE_TLS_CERT: reloadable(
    text({ ...certificates('CACHE_TLS_CERT'), description: 'Certificate of this client, where memcached wants one.' }),
  ),
  CACHE_TLS_KEY: reloadable(secret({ ...privateKey('CACHE_TLS_KEY'), description: 'Private key of CACHE_TLS_CERT.' })),
  CACHE_USERNAME: reloadable(
    text({ ...SENDABLE, optional: true, description: 'User of a memcached that has users (-Y); with CACHE_PASSWORD.' }),
  ),
  CACHE_PASSWORD: reloadable(secret({ ...SENDABLE, optional: true, description: 'Password of CACHE_USERNAME.' })),
} satisfies ConfigShape;
