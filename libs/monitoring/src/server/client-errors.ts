import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { clientErrorStatus, onClientError } from '@eggybyte/errors';

/** Cuts connections that send no request, or send it too slowly. */
export class ClientErrors {
  readonly #latest = new WeakMap<Socket, ServerResponse>();

  constructor(server: Server) {
    const latestOn = (socket: Socket) => this.#latest.get(socket)?.req;
    onClientError(server, latestOn, (error, socket) => this.#cut(socket, clientErrorStatus(error) ?? 400));
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
