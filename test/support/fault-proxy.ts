import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FaultProxyOptions {
  /** Where the connections go. */
  target: { host?: string; port: number };
}

/** How bytes are treated on their way: one fault at a time, for existing and new connections alike. */
type Fault =
  | { kind: 'none' }
  | { kind: 'delay'; ms: number }
  | { kind: 'freeze' }
  | { kind: 'bytes' }
  | { kind: 'garbage'; answer: Buffer }
  | { kind: 'truncate'; left: number };

/** A TCP proxy that does to a connection what networks do. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  /** Open client connections. */
  readonly connections: number;
  /** Each chunk waits this long, in both directions. */
  delay(ms: number): void;
  /** Nothing passes; connections stay open and new ones are accepted. What was held back passes after {@link heal}. */
  freeze(): void;
  /** Every byte is a packet of its own, in both directions. */
  byteByByte(): void;
  /** Instead of what the server answers, the client gets this. */
  garbage(answer: string | Buffer): void;
  /** The connection that answers next ends in order once this many bytes have passed; those after it are whole. */
  truncate(bytes: number): void;
  /** Resets all connections and refuses new ones, as a crashed server does. */
  cut(): Promise<void>;
  /** Resets the connections that are open now; new ones are served. */
  reset(): void;
  /** Ends the fault; after {@link cut} it listens again on the same port. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startFaultProxy({ target }: FaultProxyOptions): Promise<FaultProxy> {
  let fault: Fault = { kind: 'none' };
  let changed = Promise.withResolvers<void>();
  const clients = new Set<Socket>();

  const change = (next: Fault) => {
    fault = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const reset = () => {
    for (const client of clients) breakOff(client);
  };
  const pump = async (from: Socket, to: Socket, isAnswer: boolean) => {
    // The end of one direction is not the end of the connection: Node 26 would destroy it here.
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      while (fault.kind === 'freeze') await changed.promise;
      if (fault.kind === 'delay') await sleep(fault.ms);
      if (fault.kind === 'truncate' && isAnswer) {
        const part = chunk.subarray(0, fault.left);
        fault.left -= part.length;
        to.write(part);
        if (fault.left > 0) continue;
        change({ kind: 'none' });
        break;
      }
      if (fault.kind === 'garbage' && isAnswer) to.write(fault.answer);
      else if (fault.kind === 'bytes') await writeByteByByte(to, chunk);
      else to.write(chunk);
    }
    to.end();
  };
  const serve = (client: Socket) => {
    const upstream = connect({ host: target.host ?? HOST, port: target.port, noDelay: true });
    client.setNoDelay(true);
    clients.add(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => breakOff(other));
      socket.on('close', () => other.destroy());
    }
    client.once('close', () => clients.delete(client));
    // A reset ends the iteration with an error that both sockets have seen already.
    pump(client, upstream, false).catch(() => undefined);
    pump(upstream, client, true).catch(() => undefined);
  };

  let server: Server | undefined = await listen(serve, 0);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closing = server;
    server = undefined;
    const closed = closing && once(closing, 'close');
    closing?.close();
    reset();
    await closed;
  };
  const stop = async () => {
    change({ kind: 'none' });
    await close();
  };
  return {
    host: HOST,
    port,
    address: `${HOST}:${port}`,
    get connections() {
      return clients.size;
    },
    delay: (ms) => change({ kind: 'delay', ms }),
    freeze: () => change({ kind: 'freeze' }),
    byteByByte: () => change({ kind: 'bytes' }),
    garbage: (answer) => change({ kind: 'garbage', answer: Buffer.from(answer) }),
    truncate: (bytes) => change({ kind: 'truncate', left: bytes }),
    cut: close,
    reset,
    heal: async () => {
      change({ kind: 'none' });
      server ??= await listen(serve, port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function listen(serve: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, serve);
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}

/**
 * By a reset, unless it is about to end: libuv refuses a reset while a shutdown is under way, and Node then never closes
 * the handle and spins at its exit (`uv_tcp_close_reset` in libuv's documentation; seen with Node 24.21).
 */
function breakOff(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

/** A turn of the event loop between the writes keeps the kernel from joining them. */
async function writeByteByByte(to: Socket, chunk: Buffer): Promise<void> {
  for (const byte of chunk) {
    if (to.destroyed) return;
    to.write(Buffer.of(byte));
    await sleep(0);
  }
}
