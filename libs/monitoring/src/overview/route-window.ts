import type { RouteReport, RouteTable } from './overview-report.js';
import { latency, NO_ROUTES, type RouteTotal, type RouteTotals, since } from './route-totals.js';

const WINDOW_MS = 5 * 60_000;
/** Between two totals that are kept. */
const STEP_MS = 15_000;
const MOST_ROWS = 100;

interface Kept {
  at: number;
  totals: RouteTotals;
}

/** The requests of the last five minutes by route: what is now, less what was then. */
export class RouteWindow {
  readonly #kept: Kept[];
  #latest: Kept;

  /** @param now on a clock that goes on evenly, in milliseconds */
  constructor(now: number) {
    this.#latest = { at: now, totals: NO_ROUTES };
    this.#kept = [this.#latest];
  }

  add(now: number, totals: RouteTotals): void {
    this.#latest = { at: now, totals };
    if (now - (this.#kept.at(-1)?.at ?? 0) >= STEP_MS) this.#kept.push(this.#latest);
    // The oldest is the one from which the window is counted, so that it is never shorter than it may be.
    while ((this.#kept[1]?.at ?? now) <= now - WINDOW_MS) this.#kept.shift();
  }

  table(): RouteTable {
    const oldest = this.#kept[0] ?? this.#latest;
    const windowS = Math.max(1, this.#latest.at - oldest.at) / 1000;
    const routes = since(oldest.totals, this.#latest.totals).toSorted((a, b) => b.requests - a.requests);
    return {
      window_s: Math.round(windowS),
      rows: routes.slice(0, MOST_ROWS).map((route) => reportOf(route, windowS)),
      left_out: Math.max(0, routes.length - MOST_ROWS),
    };
  }
}

function reportOf({ method, route, requests, errors, counts }: RouteTotal, windowS: number): RouteReport {
  return {
    method,
    route,
    requests,
    per_second: Math.round((requests / windowS) * 1000) / 1000,
    errors,
    p50_ms: latency(counts, 0.5) ?? 0,
    p95_ms: latency(counts, 0.95) ?? 0,
    p99_ms: latency(counts, 0.99) ?? 0,
  };
}
