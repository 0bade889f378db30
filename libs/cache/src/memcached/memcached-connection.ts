import type { Socket } from 'node:net';
import { messageOf } from '@eggybyte/errors';
import { CacheUnavailableError } from '../cache.errors.js';
import type { Access } from './access.js';
import { authentication, type CacheCredentials, greeting } from './cache-credentials.js';
import { connectTimeout, lostConnection, type Phase, refusedAccess } from './connect-failure.js';
import { openSocket } from './open-socket.js';
import { type Outbox, RecordOutbox, StreamOutbox } from './outbox.js';
import { type Operation, ReadOperation, ServerRefusal } from './operation.js';
import { PatientTimer } from './patient-timer.js';
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
  /** The server answered the handshake and let us in. */
  up(): void;
  /** Once, whatever ended it. */
  end(error: CacheUnavailableError): void;
}

const MOST_IN_FLIGHT = 8192;
const MOST_UNSENT_BYTES = 16 * 1024 * 1024;

/**
 * The life of one socket, from connecting to its end. A reconnect is a new object: nothing half-read or unanswered
 * can reach the next life.
 */
export class MemcachedConnection {
  /** Operations that the server has answered, the handshake not counted. */
  answered = 0;
  readonly #socket: Socket;
  readonly #overTls: boolean;
  readonly #outbox: Outbox;
  readonly #pending: PendingOperations;
  readonly #connectTimer: PatientTimer;
  /** The newest operation, as long as other reads can join it. */
  #read: ReadOperation | undefined;
  #willFlush = false;
  #ended = false;
  #phase: Phase = 'connecting';

  constructor(
    private readonly name: string,
    address: ServerAddress,
    { tls, credentials }: Access,
    { timeoutMs, connectTimeoutMs }: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.#pending = new PendingOperations(timeoutMs, () =>
      this.end(new CacheUnavailableError('timeout', `memcached ${name} did not answer within ${timeoutMs} ms`)),
    );
    this.#connectTimer = new PatientTimer(connectTimeoutMs, () =>
      this.end(connectTimeout(name, this.#phase, connectTimeoutMs)),
    );
    const parser = new ReplyParser((reply) => this.#take(reply));
    this.#overTls = tls !== undefined;
    this.#outbox = tls ? new RecordOutbox() : new StreamOutbox();
    this.#socket = openSocket(address, tls)
      .once('connect', () => (this.#phase = tls ? 'tls' : 'greeting'))
      .once(tls ? 'secureConnect' : 'connect', () => this.#shakeHands(credentials))
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
    if (this.#pending.size >= MOST_IN_FLIGHT || this.#outbox.bytes + this.#socket.writableLength > MOST_UNSENT_BYTES) {
      const what = `memcached ${this.name} has ${this.#pending.size} operations in flight`;
      return Promise.reject(new CacheUnavailableError('busy', what));
    }
    // Who waits for an answer keeps the process alive; a connection that nobody waits for does not.
    if (this.#pending.size === 0) this.#socket.ref();
    this.#collect(operation as Operation);
    if (!this.#willFlush) {
      this.#willFlush = true;
      process.nextTick(() => this.#flush());
    }
    return operation.answer;
  }

  /** Rejects everything under way with `error` and destroys the socket. */
  end(error: CacheUnavailableError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connectTimer.stop();
    this.#socket.destroy();
    this.#outbox.take();
    for (const operation of this.#pending.drain()) operation.fail(error);
    this.events.end(error);
  }

  /** A frozen server still accepts connections: only an answer proves that it works. */
  #shakeHands(credentials: CacheCredentials | undefined): void {
    this.#phase = 'greeting';
    this.send(credentials ? authentication(credentials) : greeting()).then(
      (letIn) => {
        if (!letIn) {
          this.end(refusedAccess(this.name, credentials !== undefined));
          return;
        }
        this.#phase = 'up';
        this.#connectTimer.stop();
        this.answered = 0;
        this.events.up();
      },
      (error: unknown) => this.#lost(error),
    );
  }

  #collect(operation: Operation): void {
    const read = operation instanceof ReadOperation ? operation : undefined;
    if (read && this.#read?.join(read)) {
      this.#pending.joined();
      return;
    }
    this.#pending.add(operation);
    this.#closeRead();
    if (read) this.#read = read;
    else this.#outbox.add(operation.request);
  }

  #closeRead(): void {
    if (this.#read) this.#outbox.add(this.#read.request);
    this.#read = undefined;
  }

  #flush(): void {
    this.#willFlush = false;
    if (this.#ended) return;
    this.#closeRead();
    const parts = this.#outbox.take();
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part, 'latin1');
    if (parts.length > 1) this.#socket.uncork();
  }

  #take(reply: Parameters<Operation['take']>[0]): void {
    const operation = this.#pending.oldest;
    if (!operation) throw new Error('an answer that nothing was asked for');
    try {
      if (!operation.take(reply)) return;
    } catch (cause) {
      if (!(cause instanceof ServerRefusal)) throw cause;
      const what = `memcached ${this.name} refused an operation`;
      operation.fail(new CacheUnavailableError('refused', what, { why: cause.message }));
    }
    this.#pending.shift();
    this.answered++;
    if (this.#pending.size === 0) this.#socket.unref();
  }

  #lost(cause?: unknown): void {
    if (!this.#ended) this.end(lostConnection(this.name, this.#phase, this.#overTls, cause));
  }
}
