import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What Node tells of a connection whose bytes it does not understand, or not in time. */
export interface ClientError extends NodeJS.ErrnoException {
  rawPacket?: Buffer;
  bytesParsed?: number;
}

const TOO_SLOW = 'ERR_HTTP_REQUEST_TIMEOUT';

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  [TOO_SLOW]: 408,
};

/** The status that Node itself answers such an error with, where that is not 400. */
export function clientErrorStatus({ code = '' }: ClientError): number | undefined {
  return STATUS[code];
}

/**
 * Tells of connections that send no request, or send it too slowly. When the process has stood still, Node looks at its
 * clock before it looks at what has come meanwhile: a client that seems slow is given one turn of the event loop to be
 * heard, and not told of if it was.
 *
 * @param latestOn the last request that came on a connection
 */
export function onClientError(
  server: Server,
  latestOn: (socket: Socket) => Pick<IncomingMessage, 'complete'> | undefined,
  told: (error: ClientError, socket: Socket) => void,
): void {
  server.on('clientError', (error: ClientError, connection) => {
    const socket = connection as Socket;
    if (error.code !== TOO_SLOW) return told(error, socket);
    const latest = latestOn(socket);
    const isWhole = latest?.complete;
    setImmediate(() => {
      const isHeard = latestOn(socket) !== latest || latest?.complete !== isWhole;
      if (!isHeard) told(error, socket);
    });
  });
}
