import { globalRegister, type Registry } from '@eggybyte/observability';
import { SeveralSeriesError } from './testing.errors.js';

/** Labels of a series; those that are not given may have any value. */
export type MetricLabels = Readonly<Record<string, string | number>>;

interface Series {
  value: number;
  labels: Partial<Record<string, string | number>>;
  metricName?: string;
}

/**
 * The value that `/metrics` would tell now, of the application's own registry or else of prom-client's global one:
 * of a counter, of a gauge, of a histogram or summary how many were observed. Where several series match, what counts
 * is summed up.
 *
 * @throws SeveralSeriesError for a gauge, of which a sum would mean nothing
 */
export async function metricValue(own: Registry, name: string, labels: MetricLabels): Promise<number | undefined> {
  const metric = await (own.getSingleMetric(name) ?? globalRegister.getSingleMetric(name))?.get();
  if (!metric) return undefined;
  const type = String(metric.type);
  const counted = type === 'histogram' || type === 'summary' ? `${name}_count` : undefined;
  const wanted = Object.entries(labels);
  const matching = (metric.values as Series[]).filter(
    (series) =>
      (counted === undefined || series.metricName === counted) &&
      wanted.every(([label, value]) => String(series.labels[label]) === String(value)),
  );
  const [first, second] = matching;
  if (type === 'gauge' && second) {
    throw new SeveralSeriesError(
      name,
      labels,
      matching.map((series) => series.labels),
    );
  }
  return first && matching.reduce((sum, { value }) => sum + value, 0);
}
