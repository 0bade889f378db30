import { outsideContext } from '@eggybyte/observability';
import { type CacheFailure, CacheUnavailableError } from '../cache.errors.js';
import type { Access } from './access.js';
import { backoff } from './backoff.js';
import { type ConnectionOptions, MemcachedConnection } from './memcached-connection.js';
import type { Operation } from './operation.js';
import { parseServerAddress } from './server-address.js';

export interface LinkOptions extends ConnectionOptions {
  /** Most that a reconnect waits. */
  longestBackoffMs: number;
  /** Asked for each new connection. @throws CacheUnavailableError, which counts as a failed connect. */
  access(): Access;
  /**
   * Called when the server becomes reachable or unreachable, and when an outage turns out to be one of TLS or of the
   * credentials; never per operation. Without an error it is up.
   */
  onChange(server: string, error?: CacheUnavailableError): void;
  /** Called as soon as a new connection can be used: what it sends comes before all else. */
  onConnected?(): void;
}

type LinkState = 'connecting' | 'up' | 'down' | 'closed';

/** Keeps one connection to one server, for ever. While there is none, operations are answered at once. */
export class MemcachedLink {
  /** Settles with the end of the first attempt to connect, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  readonly #settled: () => void;
  #connection: MemcachedConnection | undefined;
  #state: LinkState = 'connecting';
  #isEjected = false;
  #readmittedAt = Number.NEGATIVE_INFINITY;
  /** One error for all that ask while the server is down: making one for each costs more than the answer. */
  #downError: CacheUnavailableError;
  #attempt = 0;
  /** What `onChange` was told of this outage. */
  readonly #told = new Set<CacheFailure>();
  #retry: NodeJS.Timeout | undefined;

  constructor(
    readonly server: string,
    private readonly options: LinkOptions,
  ) {
    let settled!: () => void;
    this.firstAttempt = new Promise((resolve) => (settled = resolve));
    this.#settled = settled;
    this.#downError = new CacheUnavailableError('down', `memcached ${server} is not connected yet`);
    outsideContext(() => this.#connect());
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Whether it was tried again since it was lost, in vain: it is not only the connection that is gone. */
  get isEjected(): boolean {
    return this.#isEjected;
  }

  /** When it came back after it was ejected, on the monotonic clock. */
  get readmittedAt(): number {
    return this.#readmittedAt;
  }

  run<T>(operation: Operation<T>): Promise<T> {
    if (this.#state !== 'up' || !this.#connection) return Promise.reject(this.#downError);
    return this.#connection.send(operation);
  }

  /** Rejects what is under way; nothing of the link keeps the process alive any more. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#retry);
    this.#downError = new CacheUnavailableError('closed', `The connection to memcached ${this.server} is closed`);
    this.#connection?.end(this.#downError);
    this.#settled();
  }

  #connect(): void {
    let access: Access;
    try {
      access = this.options.access();
    } catch (error) {
      this.#down(error as CacheUnavailableError, false);
      return;
    }
    const connection = new MemcachedConnection(this.server, parseServerAddress(this.server), access, this.options, {
      up: () => this.#up(),
      // Noticed by some request, whose context all further connections would stay in.
      end: (error) => outsideContext(() => this.#down(error, connection.answered > 0)),
    });
    this.#connection = connection;
  }

  #up(): void {
    this.#state = 'up';
    if (this.#isEjected) this.#readmittedAt = performance.now();
    this.#isEjected = false;
    this.#told.clear();
    this.options.onConnected?.();
    this.#settled();
    this.options.onChange(this.server);
  }

  #down(error: CacheUnavailableError, worked: boolean): void {
    this.#connection = undefined;
    if (this.#state === 'closed') return;
    if (this.#state !== 'up') this.#isEjected = true;
    this.#state = 'down';
    const reason = error.reason === 'tls' || error.reason === 'auth' ? error.reason : 'down';
    const news = !this.#told.has(reason) && (reason !== 'down' || this.#told.size === 0);
    this.#told.add(reason);
    const why = error.why ?? error.what;
    this.#downError = new CacheUnavailableError(reason, `memcached ${this.server} is down`, { why, cause: error });
    this.#settled();
    if (news) this.options.onChange(this.server, error);
    // Not as soon as it shakes hands: a server that then never answers would be asked at full speed for ever.
    if (worked) this.#attempt = 0;
    this.#retry = setTimeout(() => this.#connect(), backoff(this.#attempt++, this.options.longestBackoffMs)).unref();
  }
}
