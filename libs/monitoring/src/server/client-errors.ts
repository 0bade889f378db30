import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const TOO_SLOW = 'ERR_HTTP_REQUEST_TIMEOUT';

/** What bytes that are no request are answered with, by Node's name for what is wrong; 400 for all others. */
const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  [TOO_SLOW]: 408,
};

/**
 * Cuts connections that send no request, or send it too slowly. When the process has stood still, Node looks at its clock
 * before it looks at what has come meanwhile: a client that seems slow is given one turn of the event loop to be heard.
 */
export class ClientErrors {
  readonly #latest = new WeakMap<Socket, ServerResponse>();

  constructor(server: Server) {
    server.on('clientError', (error: NodeJS.ErrnoException, connection) => {
      const socket = connection as Socket;
      const status = STATUS[error.code ?? ''] ?? 400;
      const latest = this.#latest.get(socket);
      if (error.code !== TOO_SLOW) this.#cut(socket, status);
      else setImmediate(() => this.#latest.get(socket) === latest && this.#cut(socket, status));
    });
  }

  /** To be told of every request. */
  heard(response: ServerResponse): void {
    if (response.socket) this.#latest.set(response.socket, response);
  }

  #cut(socket: Socket, status: number): void {
    const latest = this.#latest.get(socket);
    const isAnswering = latest?.headersSent && !latest.writableFinished;
    if (socket.writable && !isAnswering) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy();
  }
}
