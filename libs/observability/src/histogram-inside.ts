/** One series of a histogram, as prom-client counts in it. */
export interface KeptSeries {
  labels: Readonly<Record<string, string | number>>;
  /** By upper bound; an observation is counted in one bucket only. */
  bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/** How prom-client 15 keeps a histogram: https://github.com/siimon/prom-client/blob/v15.1.3/lib/histogram.js */
export interface HistogramInside {
  hashMap?: Record<string, KeptSeries>;
  upperBounds?: readonly number[];
  enableExemplars?: boolean;
}
