import { ArgumentError } from '@eggybyte/errors';
import { CacheUnavailableError } from '../cache.errors.js';
import { type CacheCredentials, type CacheCredentialsOption, checkCredentials } from './cache-credentials.js';
import { type CacheTlsOption, type TlsAccess, tlsAccess } from './cache-tls.js';

export interface AccessOptions {
  tls?: CacheTlsOption | undefined;
  credentials?: CacheCredentialsOption | undefined;
}

/** What one connection is opened with. */
export interface Access {
  tls: TlsAccess | undefined;
  credentials: CacheCredentials | undefined;
}

/**
 * What to ask for each new connection; it throws a CacheUnavailableError for what functions give and cannot be used.
 *
 * @throws ArgumentError for what is given as it is and cannot be used.
 */
export function accessBy({ tls = false, credentials }: AccessOptions): () => Access {
  const ofTls = asked('tls', tls, tlsAccess);
  const ofCredentials = asked('auth', credentials, checkCredentials);
  return () => ({ tls: ofTls(), credentials: ofCredentials() });
}

function asked<T, R>(reason: 'tls' | 'auth', option: T | (() => T), use: (value: T) => R): () => R {
  if (!isFunction(option)) {
    const used = use(option);
    return () => used;
  }
  const name = reason === 'tls' ? 'tls' : 'credentials';
  return () => {
    try {
      return use(option());
    } catch (error) {
      // Neither the message nor the cause: a parser's error quotes what it read.
      const why = error instanceof ArgumentError ? error.what : `the function \`${name}\` threw ${nameOf(error)}`;
      throw new CacheUnavailableError(reason, `The option \`${name}\` gave nothing to connect with`, { why });
    }
  };
}

function isFunction<T>(option: T | (() => T)): option is () => T {
  return typeof option === 'function';
}

/** `ENOENT`, `SyntaxError`. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const known = [code, name].find((text) => typeof text === 'string' && /^\w{1,60}$/.test(text));
  return typeof known === 'string' ? known : 'something else than an error';
}
