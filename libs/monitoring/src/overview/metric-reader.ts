import { histogramRows, type HistogramRows, type Metrics, type SuiteMetric } from '@eggybyte/observability';

/** The value of one series. */
export interface Reading {
  labels: Readonly<Record<string, string | number | undefined>>;
  value: number;
}

/** Reads the suite's own metrics by name; one that nothing has made has no series. */
export class MetricReader {
  constructor(private readonly metrics: Metrics) {}

  /** Of a counter or a gauge, which may collect for it. */
  async readings(name: SuiteMetric): Promise<readonly Reading[]> {
    const metric = this.metrics.registry.getSingleMetric(name);
    return metric ? (await metric.get()).values : [];
  }

  /** Of the series that `counts` lets in. */
  async sum(name: SuiteMetric, counts: (labels: Reading['labels']) => boolean = () => true): Promise<number> {
    const readings = await this.readings(name);
    return readings.reduce((sum, { labels, value }) => (counts(labels) ? sum + value : sum), 0);
  }

  histogram(name: SuiteMetric): HistogramRows | undefined {
    const metric = this.metrics.registry.getSingleMetric(name);
    return metric && histogramRows(metric);
  }
}
