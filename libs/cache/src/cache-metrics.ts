import { type Counter, CounterSeries, type Histogram, HistogramSeries, type Metrics } from '@eggybyte/observability';
import type { CacheDriver } from './cache-driver.js';

/** `generation`: what the `clear` of a namespace and of cache-manager costs, a read each second. */
export type CacheOperation =
  | 'get'
  | 'getMany'
  | 'exists'
  | 'set'
  | 'add'
  | 'replace'
  | 'touch'
  | 'delete'
  | 'increment'
  | 'decrement'
  | 'generation';

/**
 * `ok`: done; `miss` is also that there was nothing to touch. `taken`: there was a value already, or another one.
 * `bypassed`: the server was not asked, as it is down or has enough to do. `corrupt`: what was found is not ours.
 */
export type CacheResult = 'hit' | 'miss' | 'ok' | 'taken' | 'timeout' | 'bypassed' | 'too_large' | 'corrupt' | 'error';

/** Of what `getOrSet` loads; `stale`: a value that is over stood in for one that failed. */
export type LoadResult = 'ok' | 'error' | 'timeout' | 'stale';

type OperationLabel = 'operation' | 'result' | 'server';
type DurationLabel = 'operation' | 'server';

interface ServerSeries {
  counters: Partial<Record<CacheOperation, Partial<Record<CacheResult, CounterSeries<OperationLabel>>>>>;
  durations: Partial<Record<CacheOperation, HistogramSeries<DurationLabel>>>;
}

/** From a tenth of a millisecond, as memory and a near server answer, to beyond the default deadline. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Counts what the cache does, by server; without {@link Metrics} it does nothing. */
export class CacheMetrics {
  readonly #operations: Counter<OperationLabel> | undefined;
  readonly #durations: Histogram<DurationLabel> | undefined;
  readonly #loads: Counter<'result'> | undefined;
  readonly #series = new Map<string, ServerSeries>();

  constructor(metrics: Metrics | undefined, driver: Pick<CacheDriver, 'endpoints' | 'isUp'>) {
    this.#operations = metrics?.counter('eggy_cache_operations_total', 'Cache operations by their result', [
      'operation',
      'result',
      'server',
    ]);
    this.#durations = metrics?.histogram('eggy_cache_operation_duration_seconds', 'Time that cache operations take', {
      labels: ['operation', 'server'],
      buckets: BUCKETS,
    });
    this.#loads = metrics?.counter('eggy_cache_loads_total', 'Loads of what the cache did not have', ['result']);
    if (driver.endpoints.length === 0) return;
    metrics?.gauge('eggy_cache_server_up', 'Whether a cache server is asked', ['server'], (gauge) => {
      for (const server of driver.endpoints) gauge.set({ server }, driver.isUp(server) ? 1 : 0);
    });
  }

  count(operation: CacheOperation, result: CacheResult, server: string, times = 1): void {
    if (!this.#operations || times === 0) return;
    const counters = (this.#seriesOf(server).counters[operation] ??= {});
    const series = (counters[result] ??= new CounterSeries(this.#operations, { operation, result, server }));
    series.inc(times);
  }

  countLoad(result: LoadResult): void {
    this.#loads?.inc({ result });
  }

  time(operation: CacheOperation, server: string, milliseconds: number): void {
    if (!this.#durations) return;
    const { durations } = this.#seriesOf(server);
    const series = (durations[operation] ??= new HistogramSeries(this.#durations, { operation, server }));
    series.observe(milliseconds / 1000);
  }

  /** Looked up once for all labels: to put a key of them together for each operation costs more than to count it. */
  #seriesOf(server: string): ServerSeries {
    let series = this.#series.get(server);
    if (!series) this.#series.set(server, (series = { counters: {}, durations: {} }));
    return series;
  }
}
