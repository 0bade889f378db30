import type { Metric } from 'prom-client';
import type { HistogramInside, KeptSeries } from './histogram-inside.js';

/** One series of a histogram: it goes on while it is read. */
export type HistogramRow = Readonly<KeptSeries>;

/** The inside of a histogram. */
export interface HistogramRows {
  /** Upper bounds, ascending, without the infinite one. */
  readonly bounds: readonly number[];
  /** The series that it has now. */
  readonly rows: () => readonly HistogramRow[];
}

/**
 * The series of a histogram without a copy of each, which prom-client makes of all at once: with thousands of series that
 * blocks the event loop. `undefined` for what is kept in another way, or has more to tell.
 */
export function histogramRows(metric: Metric): HistogramRows | undefined {
  const inside = metric as HistogramInside;
  const { upperBounds: bounds } = inside;
  if (!inside.hashMap || !bounds || inside.enableExemplars) return undefined;
  return { bounds, rows: () => Object.values(inside.hashMap ?? {}) };
}
