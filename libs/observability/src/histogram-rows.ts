import type { Metric } from 'prom-client';

/** One series of a histogram, as prom-client counts in it: it goes on while it is read. */
export interface HistogramRow {
  readonly labels: Readonly<Record<string, string | number>>;
  /** By upper bound; an observation is counted in one bucket only. */
  readonly bucketValues: Readonly<Record<string, number>>;
  readonly sum: number;
  readonly count: number;
}

/** The inside of a histogram. */
export interface HistogramRows {
  /** Upper bounds, ascending, without the infinite one. */
  readonly bounds: readonly number[];
  /** The series that it has now. */
  readonly rows: () => readonly HistogramRow[];
}

/** How prom-client 15 keeps a histogram: https://github.com/siimon/prom-client/blob/v15.1.3/lib/histogram.js */
interface HistogramInside {
  hashMap?: Record<string, HistogramRow>;
  upperBounds?: readonly number[];
  enableExemplars?: boolean;
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
