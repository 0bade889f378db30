import {
  type Counter,
  type Histogram,
  type Metrics,
  suiteCounter,
  suiteGauge,
  suiteHistogram,
} from '@eggybyte/observability';
import type { PoolEvents } from '../pool/pool-guard-settings.js';
import type { PoolStatistics } from '../pool/pool-statistics.js';

const POOL = 'db_client_connection_pool_name';
const STATE = 'db_client_connection_state';

/** What can be measured of a pool. */
export interface MeasuredPool {
  readonly name: string;
  readonly statistics: Pick<PoolStatistics, 'limit' | 'inUse' | 'idle' | 'waiting'>;
  /** Absent where nobody tells how long requests have waited. */
  listen?(events: PoolEvents): void;
}

const known = new WeakMap<Metrics, PoolMetrics>();

/** The metrics of the pools of one application. */
export class PoolMetrics {
  readonly #pools = new Map<string, MeasuredPool>();
  readonly #waits: Histogram<typeof POOL>;
  readonly #timeouts: Counter<typeof POOL>;

  private constructor(metrics: Metrics) {
    suiteGauge(metrics, 'db_client_connections', (gauge) => {
      for (const [name, { statistics }] of this.#pools) {
        gauge.set({ [POOL]: name, [STATE]: 'idle' }, statistics.idle);
        gauge.set({ [POOL]: name, [STATE]: 'used' }, statistics.inUse);
      }
    });
    suiteGauge(metrics, 'db_client_connection_max', (gauge) => {
      for (const [name, { statistics }] of this.#pools) gauge.set({ [POOL]: name }, statistics.limit);
    });
    suiteGauge(metrics, 'db_client_connection_pending_requests', (gauge) => {
      for (const [name, { statistics }] of this.#pools) gauge.set({ [POOL]: name }, statistics.waiting);
    });
    this.#waits = suiteHistogram(metrics, 'db_client_connection_wait_time_seconds');
    this.#timeouts = suiteCounter(metrics, 'db_client_connection_timeouts_total');
  }

  /** One per application, as its gauges ask all pools. */
  static of(metrics: Metrics): PoolMetrics {
    const existing = known.get(metrics) ?? new PoolMetrics(metrics);
    known.set(metrics, existing);
    return existing;
  }

  add(pool: MeasuredPool): void {
    const name = this.#freeName(pool.name);
    this.#pools.set(name, pool);
    if (!pool.listen) return;
    const waits = this.#waits.labels(name);
    const timeouts = this.#timeouts.labels(name);
    timeouts.inc(0);
    pool.listen({
      acquired: (waitMs) => waits.observe(waitMs / 1000),
      acquireTimedOut: () => timeouts.inc(),
    });
  }

  /** Two pools of one database are two. */
  #freeName(name: string): string {
    for (let n = 1; ; n++) {
      const numbered = n === 1 ? name : `${name}#${n}`;
      if (!this.#pools.has(numbered)) return numbered;
    }
  }
}
