import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { type Histogram, type Metrics, suiteHistogram } from '@eggybyte/observability';

export const GC_DURATION = 'nodejs_gc_duration_seconds';

type GcEntry = PerformanceEntry & { detail?: { kind?: number } };

const KINDS = new Map<unknown, string>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/**
 * Garbage collection by kind, under prom-client's name, labels and buckets, so that dashboards made for it work.
 * prom-client's own counts one collection per notification, though one notification tells of several, just when the
 * loop is busiest: of 28 it counted 5.
 */
export class GcMetrics {
  readonly #histogram: Histogram<'kind'>;
  #observer: PerformanceObserver | undefined;

  constructor(metrics: Metrics) {
    this.#histogram = suiteHistogram(metrics, GC_DURATION);
  }

  start(): void {
    if (this.#observer) return;
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as GcEntry[]) {
        this.#histogram.observe({ kind: KINDS.get(entry.detail?.kind) ?? 'other' }, entry.duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }
}
