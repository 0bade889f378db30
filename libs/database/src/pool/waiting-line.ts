import type { PoolConnection } from 'mysql2';
import type { Taken } from './held-connections.js';

export type Deliver = (error: Error | null, connection?: PoolConnection) => void;

/** Somebody who asks for a connection, until one comes, or the time is over. */
export class WaitingRequest {
  readonly #began = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(
    private readonly callback: Deliver,
    /** Who asks for it, when somebody wants to know. */
    readonly taken: Taken | undefined,
  ) {}

  get waitedMs(): number {
    return performance.now() - this.#began;
  }

  get over(): boolean {
    return this.#over;
  }

  /** @param failure makes the error that it then ends with */
  limit(timeoutMs: number, failure: () => Error): void {
    this.#timer = setTimeout(() => {
      if (!this.#over) this.fail(failure());
    }, timeoutMs);
  }

  /** False when it came too late and is not taken. */
  deliver(connection: PoolConnection): boolean {
    return this.#settle(null, connection);
  }

  fail(error: Error): void {
    this.#settle(error);
  }

  #settle(error: Error | null, connection?: PoolConnection): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.callback(error, connection);
    return true;
  }
}

/** Requests that wait for a connection, first come, first served, each for a bounded time. */
export class WaitingLine {
  readonly #requests: WaitingRequest[] = [];

  /** @param timedOut makes the error of a request whose time is over; 0 is no limit */
  constructor(
    private readonly timeoutMs: number,
    private readonly timedOut: () => Error,
  ) {}

  get length(): number {
    return this.#requests.length;
  }

  enter(deliver: Deliver, taken?: Taken): void {
    const request = new WaitingRequest(deliver, taken);
    this.#requests.push(request);
    if (this.timeoutMs > 0) {
      request.limit(this.timeoutMs, () => {
        const at = this.#requests.indexOf(request);
        const error = this.timedOut();
        if (at !== -1) this.#requests.splice(at, 1);
        return error;
      });
    }
  }

  /** The one that has waited longest. */
  next(): WaitingRequest | undefined {
    return this.#requests.shift();
  }

  /** One that was next and got nothing is next again. */
  back(request: WaitingRequest): void {
    if (!request.over) this.#requests.unshift(request);
  }

  refuseAll(error: Error): void {
    for (const request of this.#requests.splice(0)) process.nextTick(() => request.fail(error));
  }
}
