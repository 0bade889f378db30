import type { Counter, Gauge, Histogram } from 'prom-client';
import { type LabelsOf, metricCatalogue, type SuiteMetricOf } from './metric-catalogue.js';
import type { Metrics } from './metrics.js';

/** Gets or makes a counter of {@link metricCatalogue}; `collect` may count at each scrape. */
export function suiteCounter<N extends SuiteMetricOf<'counter'>>(
  metrics: Metrics,
  name: N,
  collect?: (counter: Counter<LabelsOf<N>>) => void | Promise<void>,
): Counter<LabelsOf<N>> {
  const { help, labels } = metricCatalogue[name];
  return metrics.counter<LabelsOf<N>>(name, help, labels, collect);
}

/** Gets or makes a gauge of {@link metricCatalogue}; `collect` may set it at each scrape. */
export function suiteGauge<N extends SuiteMetricOf<'gauge'>>(
  metrics: Metrics,
  name: N,
  collect?: (gauge: Gauge<LabelsOf<N>>) => void | Promise<void>,
): Gauge<LabelsOf<N>> {
  const { help, labels } = metricCatalogue[name];
  return metrics.gauge<LabelsOf<N>>(name, help, labels, collect);
}

/** Gets or makes a histogram of {@link metricCatalogue}. */
export function suiteHistogram<N extends SuiteMetricOf<'histogram'>>(
  metrics: Metrics,
  name: N,
): Histogram<LabelsOf<N>> {
  const { help, labels, buckets } = metricCatalogue[name];
  return metrics.histogram<LabelsOf<N>>(name, help, { labels, buckets });
}
