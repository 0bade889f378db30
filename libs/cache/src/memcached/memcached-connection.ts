import { connect, type Socket } from 'node:net';
import { messageOf } from '@eggybyte/errors';
import { CacheUnavailableError } from '../cache.errors.js';
import { LineOperation, type Operation, ServerRefusal } from './operation.js';
import { PendingOperations } from './pending-operations.js';
import { ReplyParser } from './reply-parser.js';
import type { ServerAddress } from './server-address.js';

export interface ConnectionOptions {
  /** Of each operation; the oldest one that is overdue ends the connection. */
  timeoutMs: number;
  /** Until the server has answered the handshake. */
  connectTimeoutMs: number;
}

interface ConnectionEvents {
  /** The server answered the handshake. */
  up(): void;
  /** Once, whatever ended it. */
  end(error: CacheUnavailableError): void;
}

const MOST_IN_FLIGHT = 8192;
const MOST_UNSENT_BYTES = 16 * 1024 * 1024;

/** `version`, which any memcached answers: the handshake, and the health check. */
export function versionOperation(): LineOperation<string> {
  return new LineOperation(['version\r\n'], (line) => (line.startsWith('VERSION ') ? line.slice(8) : undefined));
}

/**
 * The life of one socket, from connecting to its end. A reconnect is a new object: nothing half-read or unanswered
 * can reach the next life.
 */
export class MemcachedConnection {
  /** Operations that the server has answered, the handshake not counted. */
  answered = 0;
  readonly #socket: Socket;
  readonly #pending: PendingOperations;
  readonly #connectTimer: NodeJS.Timeout;
  #unsent: (string | Buffer)[] = [];
  #unsentBytes = 0;
  #ended = false;

  constructor(
    private readonly name: string,
    address: ServerAddress,
    { timeoutMs, connectTimeoutMs }: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.#pending = new PendingOperations(timeoutMs, () =>
      this.end(new CacheUnavailableError('timeout', `memcached ${name} did not answer within ${timeoutMs} ms`)),
    );
    this.#connectTimer = setTimeout(
      () =>
        this.end(
          new CacheUnavailableError('down', `memcached ${name} did not accept us within ${connectTimeoutMs} ms`),
        ),
      connectTimeoutMs,
    ).unref();
    const parser = new ReplyParser((reply) => this.#take(reply));
    this.#socket = connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 })
      .on('connect', () => this.#shakeHands())
      .on('data', (chunk: Buffer) => {
        if (this.#ended) return;
        try {
          parser.push(chunk);
        } catch (cause) {
          const why = messageOf(cause);
          this.end(new CacheUnavailableError('protocol', `memcached ${name} answered out of protocol`, { why, cause }));
        }
      })
      .on('error', (cause) => this.#lost(cause))
      .on('end', () => this.#lost())
      .on('close', () => this.#lost());
  }

  /** Sends an operation once the current tick is over, together with what else it brings. */
  send<T>(operation: Operation<T>): Promise<T> {
    if (this.#ended) return Promise.reject(new CacheUnavailableError('closed', `memcached ${this.name} is closed`));
    if (this.#pending.size >= MOST_IN_FLIGHT || this.#unsentBytes + this.#socket.writableLength > MOST_UNSENT_BYTES) {
      const what = `memcached ${this.name} has ${this.#pending.size} operations in flight`;
      return Promise.reject(new CacheUnavailableError('busy', what));
    }
    this.#pending.add(operation as Operation);
    if (this.#unsent.length === 0) process.nextTick(() => this.#flush());
    for (const part of operation.request) this.#collect(part);
    return operation.answer;
  }

  /** Rejects everything under way with `error` and destroys the socket. */
  end(error: CacheUnavailableError): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#connectTimer);
    this.#socket.destroy();
    this.#unsent = [];
    for (const operation of this.#pending.drain()) operation.reject(error);
    this.events.end(error);
  }

  /** A frozen server still accepts connections: only an answer proves that it works. */
  #shakeHands(): void {
    this.send(versionOperation()).then(
      () => {
        clearTimeout(this.#connectTimer);
        this.answered = 0;
        this.events.up();
      },
      (error: unknown) => this.#lost(error),
    );
  }

  /** Neighbouring texts become one: a socket write costs far more than a concatenation. */
  #collect(part: string | Buffer): void {
    const last = this.#unsent.at(-1);
    if (typeof part === 'string' && typeof last === 'string') this.#unsent[this.#unsent.length - 1] = last + part;
    else this.#unsent.push(part);
    this.#unsentBytes += part.length;
  }

  #flush(): void {
    const parts = this.#unsent;
    this.#unsent = [];
    this.#unsentBytes = 0;
    if (this.#ended) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  #take(reply: Parameters<Operation['take']>[0]): void {
    const operation = this.#pending.oldest;
    if (!operation) throw new Error('an answer that nothing was asked for');
    try {
      if (!operation.take(reply)) return;
    } catch (cause) {
      if (!(cause instanceof ServerRefusal)) throw cause;
      const what = `memcached ${this.name} refused an operation`;
      operation.reject(new CacheUnavailableError('refused', what, { why: cause.message }));
    }
    this.#pending.shift();
    this.answered++;
  }

  #lost(cause?: unknown): void {
    const what = `memcached ${this.name} is not reachable`;
    // Where a name has several addresses, Node's error has no message of its own.
    const { message, code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
    const why = message || code || 'the server closed the connection';
    this.end(new CacheUnavailableError('down', what, { why, cause }));
  }
}
