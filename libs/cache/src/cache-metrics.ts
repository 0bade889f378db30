import {
  type Counter,
  CounterSeries,
  type Histogram,
  HistogramSeries,
  type LabelsOf,
  type Metrics,
  suiteCounter,
  suiteGauge,
  suiteHistogram,
} from '@eggybyte/observability';
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

type OperationLabel = LabelsOf<'eggy_cache_operations_total'>;
type DurationLabel = LabelsOf<'eggy_cache_operation_duration_seconds'>;

interface ServerSeries {
  counters: Partial<Record<CacheOperation, Partial<Record<CacheResult, CounterSeries<OperationLabel>>>>>;
  durations: Partial<Record<CacheOperation, HistogramSeries<DurationLabel>>>;
}

/** Counts what the cache does, by server; without {@link Metrics} it does nothing. */
export class CacheMetrics {
  readonly #operations: Counter<OperationLabel> | undefined;
  readonly #durations: Histogram<DurationLabel> | undefined;
  readonly #loads: Counter<'result'> | undefined;
  readonly #series = new Map<string, ServerSeries>();

  constructor(metrics: Metrics | undefined, driver: Pick<CacheDriver, 'endpoints' | 'isUp'>) {
    if (!metrics) return;
    this.#operations = suiteCounter(metrics, 'eggy_cache_operations_total');
    this.#durations = suiteHistogram(metrics, 'eggy_cache_operation_duration_seconds');
    this.#loads = suiteCounter(metrics, 'eggy_cache_loads_total');
    if (driver.endpoints.length === 0) return;
    suiteGauge(metrics, 'eggy_cache_server_up', (gauge) => {
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
