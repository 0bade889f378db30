import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Prom-client's, which dashboards are made for: what is told is the time between two looks, this period included. */
const RESOLUTION_MS = 10;

/** Prometheus' default pause between two scrapes: each of several readers sees all that happened since its last one. */
const WINDOW_MS = 60_000;

/** How late timers ran, in seconds. */
export interface LagReading {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

const NOTHING: LagReading = { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 };

interface Watch {
  readonly histogram: ReturnType<typeof monitorEventLoopDelay>;
  since: number;
}

/**
 * How late timers ran in the last one to two minutes, or since the last reading where that is longer ago. To read takes
 * nothing from other readers: of two watches the one that has looked for longer is read, and each begins anew only when the
 * other has looked for a minute. Before anything was seen all is 0, which sets off no alert.
 */
export class EventLoopLag {
  #older: Watch;
  #younger: Watch;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.#older = this.#watch();
    this.#younger = this.#watch();
  }

  read(): LagReading {
    const now = this.now();
    if (now - this.#younger.since >= WINDOW_MS) {
      [this.#older, this.#younger] = [this.#younger, this.#older];
      this.#younger.histogram.reset();
      this.#younger.since = now;
    }
    const { histogram } = this.#older;
    if (histogram.count === 0) return NOTHING;
    const percentile = (share: number): number => histogram.percentile(share) / 1e9;
    return {
      min: histogram.min / 1e9,
      max: histogram.max / 1e9,
      mean: histogram.mean / 1e9,
      stddev: histogram.stddev / 1e9,
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
    };
  }

  stop(): void {
    for (const { histogram } of [this.#older, this.#younger]) histogram.disable();
  }

  #watch(): Watch {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    return { histogram, since: this.now() };
  }
}
