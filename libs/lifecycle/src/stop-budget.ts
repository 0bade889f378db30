/**
 * What the steps after the drain delay are planned to take, in milliseconds; with a delay of 5 s they fill 29 s. `cut`
 * lets go of requests that are left, `rest` is for what the owner of the process ends last: telemetry, probes, log.
 */
const PLAN = { requests: 15_000, cut: 500, services: 5000, initializers: 2000, rest: 1500 };
const AFTER_SERVICES_MS = PLAN.initializers + PLAN.rest;
const AFTER_REQUESTS_MS = PLAN.cut + PLAN.services + AFTER_SERVICES_MS;

/**
 * Divides the shutdown timeout. A step may take what the later ones do not need; when less is left than was planned,
 * it gets its part in the proportion of the plan, so that a step that hangs never leaves a later one without time.
 */
export class StopBudget {
  #beganAt: number | undefined;

  constructor(private readonly shutdownTimeoutMs: number) {}

  begin(): void {
    this.#beganAt ??= performance.now();
  }

  elapsedMs(): number {
    return this.#beganAt === undefined ? 0 : performance.now() - this.#beganAt;
  }

  /** What is left of the shutdown timeout; all of it before the stop began. */
  remainingMs(): number {
    return Math.max(0, Math.round(this.shutdownTimeoutMs - this.elapsedMs()));
  }

  /** Wait for requests in flight, and for the end of intake, once `delayMs` have passed. */
  requestsMs(delayMs = 0): number {
    return share(this.remainingMs() - delayMs, PLAN.requests, AFTER_REQUESTS_MS);
  }

  /** Time to cut the requests that are left after a wait of `requestsMs`. */
  cutMs(requestsMs: number): number {
    return Math.round(Math.min(PLAN.cut, (this.remainingMs() - requestsMs) / 2));
  }

  /** All services together. */
  servicesMs(): number {
    return share(this.remainingMs(), PLAN.services, AFTER_SERVICES_MS);
  }

  /** All initializers together. */
  initializersMs(): number {
    return Math.min(PLAN.initializers, share(this.remainingMs(), PLAN.initializers, PLAN.rest));
  }

  /** Everything that comes before the initializers are closed, hooks of the application included. */
  untilInitializersMs(): number {
    return share(this.remainingMs(), PLAN.requests + PLAN.cut + PLAN.services, AFTER_SERVICES_MS);
  }
}

/** Milliseconds left after a drain delay below which the plan does not fit. */
export const TIGHT_MS = AFTER_REQUESTS_MS;

function share(leftMs: number, ownMs: number, laterMs: number): number {
  return Math.max(0, Math.round(Math.max(leftMs - laterMs, (leftMs * ownMs) / (ownMs + laterMs))));
}
