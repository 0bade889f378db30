import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** Stands before a server and closes, freezes or cuts what passes; ends connections without a TCP reset. */
export class TcpGate {
  readonly host = HOST;
  readonly #pairs = new Map<Socket, Socket>();
  #server: Server | undefined;
  #isFrozen = false;
  #port = 0;

  constructor(readonly target: number) {}

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Listens, on the port that it had before, and lets everything pass. */
  async heal(): Promise<void> {
    this.#isFrozen = false;
    for (const pair of this.#pairs) join(...pair);
    if (this.#server) return;
    this.#server = createServer((client) => this.#serve(client)).listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Nothing passes; connections stay open, and new ones are accepted. */
  freeze(): void {
    this.#isFrozen = true;
    for (const [client, upstream] of this.#pairs) {
      client.unpipe().pause();
      upstream.unpipe().pause();
    }
  }

  /** Breaks the connections that are open; new ones are served. */
  reset(): void {
    for (const client of this.#pairs.keys()) client.destroy();
  }

  /** Breaks all connections and refuses new ones, as a crashed server does. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, 'close');
    server?.close();
    this.reset();
    await closed;
  }

  #serve(client: Socket): void {
    const upstream = connect({ host: HOST, port: this.target, noDelay: true });
    client.setNoDelay(true);
    this.#pairs.set(client, upstream);
    client.on('error', () => undefined).once('close', () => upstream.destroy());
    upstream.on('error', () => undefined).once('close', () => client.destroySoon());
    client.once('close', () => this.#pairs.delete(client));
    if (!this.#isFrozen) join(client, upstream);
  }
}

function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
}
