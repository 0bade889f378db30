import type { Server } from 'node:http';
import type { DrainableServer } from '@eggybyte/lifecycle';
import { closeSlowlyAtLast } from './close-slowly.js';
import { spareBusyConnections } from './idle-connections.js';
import type { RequestTracker } from './request-tracker.js';
import { UpgradedSockets } from './upgraded-sockets.js';

/** A connection is idle from one moment to the next, and nobody tells. */
const REAP_MS = 50;
/** What a client gets to complete a request it has begun to send; one that never does must not hold the stop. */
const HALF_SENT_MS = 500;
/** What the peer of a websocket or the reader of an event stream gets to take leave; those that never do are no cuts. */
const GOODBYE_MS = 1000;
const CUT_MS = 200;

/** Empties HTTP servers without losing a request: the requests of all of them are followed by one tracker. */
export class HttpDrain implements DrainableServer {
  readonly #upgraded: UpgradedSockets;
  readonly #followed = new WeakSet<Server>();

  /** @param servers is asked when draining ends, as a server may be made late. */
  constructor(
    private readonly tracker: RequestTracker,
    private readonly servers: () => readonly Server[],
  ) {
    this.#upgraded = new UpgradedSockets((request, status, durationMs) =>
      tracker.upgraded(request, status, durationMs),
    );
  }

  get inflight(): number {
    return this.tracker.inflight;
  }

  /** Lets a server lose no answer, and its websockets be closed at the end; call it when the server is made. */
  follow(server: Server): void {
    if (this.#followed.has(server)) return;
    this.#followed.add(server);
    this.#upgraded.follow(server);
    server.on('connection', closeSlowlyAtLast);
    spareBusyConnections(server, () => this.tracker.connections());
  }

  beginDrain(): void {
    this.tracker.announceClose();
  }

  /**
   * Resolves to the requests that were open after `timeoutMs` and were cut. Event streams and websockets are ended
   * politely and are no cuts, whatever their clients do.
   */
  async finish(timeoutMs: number): Promise<readonly string[]> {
    const until = performance.now() + timeoutMs;
    const left = (): number => Math.max(0, until - performance.now());
    const servers = this.servers();
    for (const server of servers) this.follow(server);
    this.beginDrain();
    const closed = Promise.all(servers.map(closing));
    const goodbyeMs = Math.min(GOODBYE_MS, timeoutMs);
    const peersGone = this.#upgraded.sayGoodbye(goodbyeMs);
    const endLeftovers = (): void => {
      for (const server of servers) server.closeIdleConnections();
      this.tracker.endEventStreams(goodbyeMs);
    };
    endLeftovers();
    const reap = setInterval(endLeftovers, REAP_MS);
    try {
      do {
        await within(left(), this.tracker.whenIdle());
        if (this.inflight === 0) await within(Math.min(HALF_SENT_MS, left()), closed);
      } while (this.inflight > 0 && left() > 0);
      await within(left(), peersGone);
    } finally {
      clearInterval(reap);
    }
    const cut = this.tracker.describeOpen();
    for (const server of servers) server.closeAllConnections();
    this.#upgraded.end();
    await within(CUT_MS, closed);
    this.#upgraded.destroy();
    return cut;
  }
}

/** Resolves when a server has closed, at once for one that never listened. */
function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise: given, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await Promise.race([given, work]);
  } finally {
    clearTimeout(timer);
  }
}
