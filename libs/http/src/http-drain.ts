import type { Server } from 'node:http';
import type { DrainableServer } from '@eggybyte/lifecycle';
import type { RequestTracker } from './request-tracker.js';

/** A connection is idle from one moment to the next, and nobody tells. */
const REAP_MS = 50;
/** What a client gets to complete a request it has begun to send; one that never does must not hold the stop. */
const HALF_SENT_MS = 500;
const CUT_MS = 200;

/** Empties HTTP servers without losing a request: the requests of all of them are followed by one tracker. */
export class HttpDrain implements DrainableServer {
  /** @param servers is asked when draining ends, as a server may be made late. */
  constructor(
    private readonly tracker: RequestTracker,
    private readonly servers: () => readonly Server[],
  ) {}

  get inflight(): number {
    return this.tracker.inflight;
  }

  beginDrain(): void {
    this.tracker.announceClose();
  }

  /** Event streams are ended politely and count as answered; what else is open after `timeoutMs` is cut and counted. */
  async finish(timeoutMs: number): Promise<readonly string[]> {
    const until = performance.now() + timeoutMs;
    const left = (): number => Math.max(0, until - performance.now());
    const servers = this.servers();
    this.beginDrain();
    const closed = Promise.all(servers.map(closing));
    const reap = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), REAP_MS);
    try {
      this.tracker.endEventStreams();
      do {
        await within(left(), this.tracker.whenIdle());
        if (this.inflight === 0) await within(Math.min(HALF_SENT_MS, left()), closed);
      } while (this.inflight > 0 && left() > 0);
    } finally {
      clearInterval(reap);
    }
    const cut = this.tracker.describeOpen();
    for (const server of servers) server.closeAllConnections();
    await within(CUT_MS, closed);
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
