// A load of keep-alive connections over raw sockets, which costs the machine less than a client would.
import { once } from 'node:events';
import { connect } from 'node:net';

const CONNECTIONS = 32;
const CLOSING_BRACE = 125;

/** What Node's fetch sends. */
const HEADERS = {
  host: 'shop.example.com',
  connection: 'keep-alive',
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
  'user-agent': 'node',
  'accept-encoding': 'gzip, deflate',
};
const HEAD = Object.entries(HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/**
 * Connections to a server which last from one portion of requests to the next, as those of an ingress do: what it costs
 * to accept one is no part of what a request costs.
 */
export class Load {
  #sockets = [];
  #path = '';
  #count = 0;
  #sent = 0;
  #answered = 0;
  #portion;

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  /** Opens what is not open, as some servers close idle connections, and lets each be served once. */
  async open() {
    this.#sockets = this.#sockets.filter((socket) => !socket.readableEnded && !socket.destroyed);
    while (this.#sockets.length < CONNECTIONS) {
      const socket = connect(this.port, '127.0.0.1');
      socket.on('data', (part) => this.#read(socket, part)).on('close', () => this.#lost());
      await once(socket, 'connect');
      this.#sockets.push(socket);
    }
    await this.send(CONNECTIONS);
  }

  /**
   * Sends so many requests, one at a time on each connection. The answers are small, come in one piece and end in a brace.
   * Meanwhile this process never sleeps: the kernel would let the server that answers pay for waking it, as it does on no
   * server whose clients are elsewhere.
   *
   * @param {number} count @param {(n: number) => string} path
   */
  async send(count, path = () => '/items/7') {
    this.#path = path;
    this.#count = count;
    this.#sent = 0;
    this.#answered = 0;
    this.#portion = Promise.withResolvers();
    const stayAwake = () => void (this.#answered < count && setImmediate(stayAwake));
    stayAwake();
    for (const socket of this.#sockets) this.#next(socket);
    await this.#portion.promise;
  }

  close() {
    for (const socket of this.#sockets) socket.end();
  }

  #next(socket) {
    if (this.#sent < this.#count) socket.write(`GET ${this.#path(this.#sent++)} HTTP/1.1\r\n${HEAD}\r\n`);
  }

  #read(socket, part) {
    if (part.at(-1) !== CLOSING_BRACE) return;
    if (++this.#answered === this.#count) this.#portion.resolve();
    else this.#next(socket);
  }

  #lost() {
    if (this.#answered < this.#count) this.#portion.reject(new Error('The server has closed a connection under load.'));
  }
}
