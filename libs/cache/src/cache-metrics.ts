import type { Metrics } from '@eggybyte/observability';

/** `generation`: what cache-manager's `clear` costs, a read each second. */
export type CacheOperation = 'get' | 'set' | 'delete' | 'exists' | 'getMany' | 'increment' | 'generation';

/** `corrupt`: something was found that this cache did not write. */
export type CacheResult = 'hit' | 'miss' | 'ok' | 'timeout' | 'unavailable' | 'too_large' | 'corrupt' | 'error';

/** From a tenth of a millisecond, as memory and a near server answer, to beyond the default deadline. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Counts what the cache does; without {@link Metrics} it does nothing. */
export class CacheMetrics {
  readonly #operations;
  readonly #durations;

  constructor(metrics: Metrics | undefined) {
    this.#operations = metrics?.counter('eggy_cache_operations_total', 'Cache operations by their result', [
      'operation',
      'result',
    ]);
    this.#durations = metrics?.histogram('eggy_cache_operation_duration_seconds', 'Time that cache operations take', {
      labels: ['operation'],
      buckets: BUCKETS,
    });
  }

  count(operation: CacheOperation, result: CacheResult, times = 1): void {
    if (times > 0) this.#operations?.inc({ operation, result }, times);
  }

  time(operation: CacheOperation, milliseconds: number): void {
    this.#durations?.observe({ operation }, milliseconds / 1000);
  }
}
