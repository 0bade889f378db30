import { CacheUnavailableError } from '../cache.errors.js';

/** How far a connection has come. */
export type Phase = 'connecting' | 'tls' | 'greeting' | 'up';

const LONGEST_REASON = 200;

/** What happens when TLS meets a server that answers in something else. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);

/** @param name of the server. */
export function connectTimeout(name: string, phase: Phase, timeoutMs: number): CacheUnavailableError {
  const what = `memcached ${name} did not accept us within ${timeoutMs} ms`;
  if (phase !== 'tls') return new CacheUnavailableError('down', what);
  const why = `no TLS handshake within ${timeoutMs} ms: it is frozen, or does not speak TLS`;
  return new CacheUnavailableError('tls', what, { why });
}

/** @param overTls whether it is a connection of TLS. */
export function lostConnection(name: string, phase: Phase, overTls: boolean, cause: unknown): CacheUnavailableError {
  if (cause instanceof CacheUnavailableError) return cause;
  // Where a name has several addresses, Node's error has no message of its own.
  const { message, code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const why = message || code || 'the server closed the connection';
  if (overTls && (phase === 'tls' || phase === 'greeting')) {
    const told = tlsReason(cause, why).slice(0, LONGEST_REASON);
    // In TLS 1.3 a server checks the client's certificate when the client is through with its handshake.
    const hint = phase === 'greeting' ? `${told}, after the handshake: it may not take our certificate` : told;
    // Without the cause: it holds the whole certificate of the server.
    return new CacheUnavailableError('tls', `No trusted TLS connection to memcached ${name}`, { why: hint });
  }
  const hint = phase === 'greeting' ? `${why}, before it answered: it may accept TLS only` : why;
  return new CacheUnavailableError('down', `memcached ${name} is not reachable`, { why: hint, cause });
}

/** @param given whether there were credentials to refuse. */
export function refusedAccess(name: string, given: boolean): CacheUnavailableError {
  const why = given ? 'it refused the credentials' : 'it asks for credentials and none are given';
  return new CacheUnavailableError('auth', `memcached ${name} does not let us in`, { why });
}

function tlsReason(cause: unknown, message: string): string {
  const { code, reason } = (cause ?? {}) as { code?: string; reason?: unknown };
  if (code !== undefined && NO_TLS.has(code)) return `the server does not speak TLS (${code})`;
  // OpenSSL's own message is a line of its source.
  if (typeof reason === 'string') return `${reason} (${code})`;
  return /^[A-Z_]+$/.test(code ?? '') && !message.includes(code ?? '') ? `${message} (${code})` : message;
}
