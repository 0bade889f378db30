import type { Counter, Histogram, Metrics } from '@eggybyte/observability';
import type { PoolEvents } from '../pool/pool-guard-settings.js';
import type { PoolStatistics } from '../pool/pool-statistics.js';

const POOL = 'db_client_connection_pool_name';
const STATE = 'db_client_connection_state';

/** Upper bounds in seconds: from a connection that is free to the end of a patient wait. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

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
    metrics.gauge('db_client_connection_count', 'Connections of the pool by their state', [POOL, STATE], (gauge) => {
      for (const [name, { statistics }] of this.#pools) {
        gauge.set({ [POOL]: name, [STATE]: 'idle' }, statistics.idle);
        gauge.set({ [POOL]: name, [STATE]: 'used' }, statistics.inUse);
      }
    });
    metrics.gauge('db_client_connection_max', 'Most connections of the pool', [POOL], (gauge) => {
      for (const [name, { statistics }] of this.#pools) gauge.set({ [POOL]: name }, statistics.limit);
    });
    metrics.gauge('db_client_connection_pending_requests', 'Requests that wait for a connection', [POOL], (gauge) => {
      for (const [name, { statistics }] of this.#pools) gauge.set({ [POOL]: name }, statistics.waiting);
    });
    this.#waits = metrics.histogram(
      'db_client_connection_wait_time_seconds',
      'Time that a request waits for a connection',
      {
        labels: [POOL],
        buckets: BUCKETS,
      },
    );
    this.#timeouts = metrics.counter('db_client_connection_timeouts_total', 'Requests that got no connection in time', [
      POOL,
    ]);
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
