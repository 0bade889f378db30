import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ArgumentError } from '@eggybyte/errors';
import { REDACTED } from '@eggybyte/observability';

/** What TLS to memcached needs besides the server. All but `servername` is in PEM; an empty text is the same as none. */
export interface CacheTls {
  /** Authorities that the server's certificate must come from, one or more. @default those Node trusts */
  ca?: string | undefined;
  /** Own certificate, with its chain, for servers that ask for one. @default none */
  cert?: string | undefined;
  /** Key of `cert`, not encrypted. @default none */
  key?: string | undefined;
  /** Name or IP address that the certificate must be for. @default the host of the server's address */
  servername?: string | undefined;
}

/**
 * `true` is TLS with Node's authorities; `false` is none. A function is asked for each new connection, so that renewed
 * files hold from the next one on; what it throws or what cannot be used counts as a failed connect.
 */
export type CacheTlsOption = boolean | CacheTls | (() => boolean | CacheTls);

/** {@link CacheTls} ready for a connection. */
export interface TlsAccess {
  context: SecureContext;
  servername: string | undefined;
}

/** Anything else would only fail with the first connection: by what Node throws, or as a wrong certificate. */
const SERVER_NAME = /^[\w.:-]{1,253}$/;

/** @throws ArgumentError, which shows no certificate and no key. */
export function tlsAccess(tls: boolean | CacheTls | undefined): TlsAccess | undefined {
  if (tls === false) return undefined;
  if (tls !== true && (typeof tls !== 'object' || tls === null)) {
    const expected = 'true, false, or an object of `ca`, `cert`, `key` and `servername`';
    throw new ArgumentError('tls', expected, typeof tls === 'string' ? REDACTED : tls);
  }
  const { ca, cert, key, servername } = tls === true ? ({} as CacheTls) : tls;
  if (ca && !isCertificate(ca)) throw new ArgumentError('tls.ca', 'one or more certificates in PEM', REDACTED);
  if (servername && !(typeof servername === 'string' && SERVER_NAME.test(servername))) {
    throw new ArgumentError('tls.servername', 'a host name or an IP address', servername);
  }
  const pair = 'a certificate and its own key that is not encrypted, both in PEM';
  try {
    if (!cert !== !key) throw new Error('one without the other');
    const context = createSecureContext({
      // Said aloud: a switch of Node's command line would change the default.
      minVersion: 'TLSv1.2',
      ...(ca && { ca }),
      ...(cert && key && { cert, key }),
    });
    return { context, servername: servername || undefined };
  } catch {
    throw new ArgumentError('tls.cert` and `tls.key', pair, REDACTED);
  }
}

/** Node passes over what is none, and would then name the server's certificate as the culprit. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
