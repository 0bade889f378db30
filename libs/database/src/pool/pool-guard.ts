import type { ConnectionOptions, Pool, PoolConnection } from 'mysql2';
import { GuardedConnection } from './guarded-connection.js';
import type { PoolEvents, PoolGuardSettings } from './pool-guard-settings.js';
import { isAlive, lifetimeFrom, type PoolMember } from './pool-member.js';
import type { PoolStatistics } from './pool-statistics.js';
import { AcquireTimeoutError, PoolSaturatedError } from './pool.errors.js';
import { closeGently, closeWithin } from './close-connections.js';
import { type Deliver, WaitingLine, type WaitingRequest } from './waiting-line.js';

/** When the pool is closed, connections that are busy get this long. */
const CLOSE_GRACE_MS = 1000;
/** A connection that nobody has used for this long may have been ended by the server meanwhile. */
const STALE_AFTER_MS = 1000;

/** The second turn of the event loop begins with everything that is there to be read, whatever this one began with. */
function afterReading(then: () => void): void {
  setImmediate(setImmediate, then);
}

/**
 * Stands before a pool of mysql2. Who asks for a connection waits in a bounded line for a bounded time; what is handed
 * out is alive, not too old, logged in by the credentials that hold, and has a deadline on its statements. The pool's
 * own queue stays empty, as it knows no deadline (https://github.com/sidorares/node-mysql2/issues/673).
 */
export class PoolGuard {
  readonly #members = new Map<PoolConnection, PoolMember>();
  readonly #line: WaitingLine;
  readonly #events: PoolEvents[] = [];
  readonly #obtain: Pool['getConnection'];
  readonly #giveBack: Pool['releaseConnection'];
  readonly #end: Pool['end'];
  readonly #counts = { created: 0, retired: 0, queryTimeouts: 0, acquireTimeouts: 0 };
  #inUse = 0;
  #connecting = 0;
  /** Of those idle, the ones that are on their way to somebody. */
  #promised = 0;
  #closed = false;
  #lastSuccess = -Infinity;

  constructor(
    readonly pool: Pool,
    private readonly settings: PoolGuardSettings,
  ) {
    // Without it a connection cannot leave the pool other than by force.
    Object.assign(this.#connectionConfig, { gracefulEnd: true });
    this.#line = new WaitingLine(settings.acquireTimeoutMs, () => this.#timedOut());
    this.#obtain = pool.getConnection.bind(pool);
    this.#giveBack = pool.releaseConnection.bind(pool);
    this.#end = pool.end.bind(pool);
    pool.on('connection', (connection: PoolConnection) => this.#admit(connection));
    Object.assign(pool, {
      getConnection: (deliver: Deliver) => this.#acquire(deliver),
      releaseConnection: (connection: PoolConnection) => this.#released(connection),
      end: (done?: () => void) => this.#close(done),
    });
  }

  get name(): string {
    return this.settings.name;
  }

  get statistics(): PoolStatistics {
    const { limit } = this.settings;
    return {
      limit,
      inUse: this.#inUse,
      idle: this.#free,
      connecting: this.#connecting,
      waiting: this.#line.length,
      ...this.#counts,
    };
  }

  /** When a statement last worked, on the clock of performance.now(). */
  get lastSuccess(): number {
    return this.#lastSuccess;
  }

  /** Whether the server answers to a connection outside of the pool. */
  async askServer(signal: AbortSignal): Promise<void> {
    const { user = '', password = '' } = this.#connectionConfig;
    await this.settings.askServer({ user, password }, signal);
  }

  listen(events: PoolEvents): void {
    this.#events.push(events);
  }

  /** Lifts both timeouts from a connection until it is given back, and then closes it. */
  exempt(connection: PoolConnection): void {
    this.#members.get(connection)?.guarded.exemptFromTimeout();
  }

  /** New connections log in so from now on; those that are open go as soon as nobody holds them. */
  useCredentials(user: string, password: string | undefined): void {
    // Each connection begins with a copy of it: https://github.com/sidorares/node-mysql2/blob/master/lib/base/pool.js
    Object.assign(this.#connectionConfig, { user, password });
    for (const member of this.#members.values()) {
      if (!member.taken && this.#isUnfit(member)) this.#retire(member);
    }
  }

  /** Idle connections of the pool. */
  get #free(): number {
    return this.#members.size - this.#inUse - this.#promised;
  }

  get #connectionConfig(): ConnectionOptions {
    return (this.pool as unknown as { config: { connectionConfig: ConnectionOptions } }).config.connectionConfig;
  }

  #acquire(deliver: Deliver): void {
    const { limit, mostWaiting } = this.settings;
    const isBusy = this.#inUse + this.#connecting >= limit;
    if (this.#closed) {
      process.nextTick(deliver, new Error('Pool is closed.'));
    } else if (isBusy && this.#line.length >= mostWaiting) {
      process.nextTick(deliver, new PoolSaturatedError(this.statistics, this.settings.operations.dataSource));
    } else {
      this.#line.enter(deliver, this.settings.held?.taken());
      if (isBusy) this.pool.emit('enqueue');
      else this.#serveNext();
    }
  }

  #serveNext(): void {
    while (this.#inUse + this.#connecting < this.settings.limit) {
      const request = this.#line.next();
      if (!request) return;
      this.#serve(request);
    }
  }

  #serve(request: WaitingRequest): void {
    const isIdle = this.#free > 0;
    // The pool makes one.
    if (!isIdle) Object.assign(this.#connectionConfig, { ssl: this.settings.tls() ?? false });
    this.#connecting++;
    if (isIdle) this.#promised++;
    this.#obtain((error, connection) => {
      const arrived = (): void => {
        this.#connecting--;
        if (isIdle) this.#promised--;
        if (error) request.fail(this.#closed ? error : this.settings.connectFailure(error));
        else this.#hand(connection, request);
        this.#serveNext();
      };
      const member = error ? undefined : this.#members.get(connection);
      // Its end may have come and not been read, when this process was busy. Nothing was written yet.
      if (member && performance.now() - member.idleSince > STALE_AFTER_MS) afterReading(arrived);
      else arrived();
    });
  }

  #hand(connection: PoolConnection, request: WaitingRequest): void {
    const member = this.#members.get(connection);
    if (!member) return this.#line.back(request);
    member.taken = true;
    this.#inUse++;
    if (this.#isUnfit(member)) {
      this.#line.back(request);
      this.#retire(member);
    } else {
      const { waitedMs, taken } = request;
      if (taken) member.unwatch = this.settings.held?.watch(taken);
      if (!request.deliver(connection)) connection.release();
      else for (const events of this.#events) events.acquired?.(waitedMs);
    }
  }

  #admit(connection: PoolConnection): void {
    const { queryTimeoutMs, session, statementLimit, operations, maxLifetimeMs } = this.settings;
    const guarded = new GuardedConnection(connection, {
      queryTimeoutMs,
      limit: statementLimit,
      operations,
      onTimeout: () => this.#counts.queryTimeouts++,
      onSuccess: () => (this.#lastSuccess = performance.now()),
    });
    const now = performance.now();
    const member = { guarded, taken: false, idleSince: now, retireAt: now + lifetimeFrom(maxLifetimeMs) };
    this.#members.set(connection, member);
    this.#counts.created++;
    guarded.begin(session);
  }

  /** Also called when a connection has left the pool, whatever the reason. */
  #released(connection: PoolConnection): void {
    const member = this.#members.get(connection);
    if (!member) return this.#giveBack(connection);
    member.unwatch?.();
    if (member.taken) this.#inUse--;
    member.taken = false;
    member.idleSince = performance.now();
    if (!isAlive(connection)) this.#members.delete(connection);
    else if (this.#isUnfit(member)) return this.#retire(member);
    this.#giveBack(connection);
    this.#serveNext();
  }

  #isUnfit({ guarded, retireAt }: PoolMember): boolean {
    const { user, password } = guarded.connection.config;
    const current = this.#connectionConfig;
    return guarded.exempt || performance.now() > retireAt || user !== current.user || password !== current.password;
  }

  /** Comes back by {@link #released}. */
  #retire({ guarded }: PoolMember): void {
    this.#counts.retired++;
    closeGently(guarded.connection);
  }

  #timedOut(): Error {
    this.#counts.acquireTimeouts++;
    for (const events of this.#events) events.acquireTimedOut?.();
    const { acquireTimeoutMs, operations } = this.settings;
    return new AcquireTimeoutError(acquireTimeoutMs, this.statistics, operations.dataSource);
  }

  #close(done: () => void = () => undefined): void {
    this.#closed = true;
    this.#line.refuseAll(new Error('Pool is closed.'));
    closeWithin(CLOSE_GRACE_MS, [...this.#members.keys()], (ended) => this.#end(ended), done);
  }
}
