import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { onFirstWrite } from './first-write.js';

/** A Close frame with status 1001, "going away"; frames of a server are not masked (RFC 6455, 5.2 and 7.4.1). */
const GOING_AWAY = 1001;
const CLOSE_FRAME = Buffer.from([0x88, 2, GOING_AWAY >> 8, GOING_AWAY & 0xff]);
const SWITCHED = 101;
/** What is written in place of an answer of HTTP. */
const NO_ANSWER = 500;
const STATUS_LINE = /^HTTP\/1\.\d (\d{3})/;
const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** What `ws`, which most libraries are built on, leaves on the socket of an open websocket. */
interface OwnWebSocket {
  close(code: number): void;
}

/**
 * A connection that left HTTP. Who took it over is not known, only what was written first: the answer to the handshake.
 */
export class UpgradedSocket {
  /** Called when a websocket has been opened. */
  onOpened: () => void = () => undefined;
  readonly #isWebsocket: boolean;
  /** Of the answer to the handshake, when there is one. */
  #status: number | undefined;
  #saidGoodbye = false;

  /** @param answered is told the status of the answer to the handshake. */
  constructor(
    request: IncomingMessage,
    readonly socket: Duplex,
    answered: (status: number) => void,
  ) {
    this.#isWebsocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    onFirstWrite(socket, (chunk) => {
      const status = statusOf(chunk);
      this.#status = status;
      answered(status);
      if (this.#isWebsocket && status === SWITCHED) this.onOpened();
    });
  }

  /** Whether a websocket is open here, or may be soon. */
  get isWebsocket(): boolean {
    return this.#isWebsocket && (this.#status ?? SWITCHED) === SWITCHED;
  }

  /**
   * Tells the peer of an open websocket that the server goes away. Call it from a turn of its own: libraries write the
   * parts of a frame in one, so that here a frame of ours cannot come between them.
   */
  sayGoodbye(): void {
    if (!this.isWebsocket || this.#status === undefined || this.#saidGoodbye || !this.socket.writable) return;
    this.#saidGoodbye = true;
    this.socket.on('error', ignore);
    // Its own close comes after the messages that are still being compressed.
    if (!closeByLibrary(this.socket)) this.socket.write(CLOSE_FRAME);
  }

  /** Ends what is left politely: a handshake that nobody answered is refused. */
  end(): void {
    if (!this.socket.writable) return;
    this.socket.on('error', ignore);
    if (this.#isWebsocket && this.#status === undefined) this.socket.end(REFUSAL);
    else this.socket.end();
  }
}

/** Only the first thing that is written tells whether the handshake was accepted. */
function statusOf(chunk: string | Uint8Array): number {
  const line = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, 16)).toString('latin1');
  return Number(STATUS_LINE.exec(line)?.[1] ?? NO_ANSWER);
}

/** Whether the library of the websocket closes it; https://github.com/websockets/ws/blob/8.22.0/lib/websocket.js#L229 */
function closeByLibrary(socket: Duplex): boolean {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'websocket');
  const own = symbol && (socket as unknown as Record<symbol, Partial<OwnWebSocket> | undefined>)[symbol];
  if (typeof own?.close !== 'function') return false;
  try {
    own.close(GOING_AWAY);
    return true;
  } catch {
    return false;
  }
}

/** A peer that is gone is what we want. */
function ignore(): void {}
