import { MetricNameError } from './observability.errors.js';

/** By the data model of Prometheus: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** The label of a histogram's buckets. */
const BUCKET = 'le';

/**
 * Refuses what would be no metric for Prometheus, so that the start tells and not the first scrape.
 *
 * @throws MetricNameError
 */
export function checkMetric(name: string, help: string, labels: readonly string[]): void {
  if (!METRIC.test(name)) throw new MetricNameError(name, `${quoted(name)} is no name`, NAME_FIX);
  if (!help) throw new MetricNameError(name, 'it has no help text', 'say in a sentence what it measures');
  for (const [at, label] of labels.entries()) {
    if (!LABEL.test(label)) throw new MetricNameError(name, `its label ${quoted(label)} is no name`, NAME_FIX);
    if (label.startsWith('__') || label === BUCKET) {
      throw new MetricNameError(
        name,
        `its label ${quoted(label)} is kept for Prometheus`,
        'give the label another name',
      );
    }
    if (labels.indexOf(label) !== at) {
      throw new MetricNameError(name, `its label ${quoted(label)} is there twice`, 'name each label once');
    }
  }
}

const NAME_FIX = 'use letters, digits and _, and no digit at its beginning';
const quoted = (name: string): string => JSON.stringify(name);
