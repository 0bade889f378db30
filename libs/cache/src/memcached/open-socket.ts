import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { TlsAccess } from './cache-tls.js';
import type { ServerAddress } from './server-address.js';

const KEEP_ALIVE_MS = 30_000;

/** A socket that connects: ready with `connect`, or with `secureConnect` when it is one of TLS. */
export function openSocket(address: ServerAddress, tls: TlsAccess | undefined): Socket {
  if (!tls) return connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  const name = tls.servername ?? address.host;
  const socket = connectTls({
    ...address,
    secureContext: tls.context,
    // An IP address is checked and not indicated: RFC 6066 knows only names.
    servername: isIP(name) ? '' : name,
    // Said aloud: NODE_TLS_REJECT_UNAUTHORIZED would change the default.
    rejectUnauthorized: true,
    // By default it is the address that is checked where no name can be indicated.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
  // Joined writes would become records that begin and end anywhere: see RecordOutbox.
  Object.defineProperty(socket, '_writev', { value: undefined });
  // Node passes these options over for a socket of TLS.
  return socket.once('connect', () => socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS));
}
