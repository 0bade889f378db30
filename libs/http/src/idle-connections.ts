import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps Node, which closes idle connections when a server is closed and when it is asked to, from taking those for idle
 * whose last answer was ended but is still on its way to a slow reader: it would be lost half-way.
 * https://github.com/nodejs/node/blob/v24.21.0/lib/_http_server.js (closeIdleConnections looks at `finished`)
 *
 * @param busy tells the connections that have an answer to give.
 */
export function spareBusyConnections(server: Server, busy: () => Iterable<Socket>): void {
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    const spared = [...busy()].filter((socket) => !Object.hasOwn(socket, 'destroy'));
    for (const socket of spared) socket.destroy = () => socket;
    try {
      closeIdleConnections();
    } finally {
      for (const socket of spared) delete (socket as Partial<Socket>).destroy;
    }
  };
}
