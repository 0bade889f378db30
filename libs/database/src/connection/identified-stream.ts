import { connect, isIP, type Socket } from 'node:net';

/**
 * The socket of a connection whose server is known under another name than the one it is reached by, or by its address.
 * mysql2 gives no address to the TLS of Node, which then looks for `localhost` in the certificate; Node asks the socket
 * before, where it notes the name that it has looked up.
 */
export function identifiedStream({ host, port }: { host: string; port: number }, keepAliveMs: number): () => Socket {
  return () => {
    const socket = connect(port, host);
    if (isIP(host)) Object.assign(socket, { _host: host });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    return socket;
  };
}
