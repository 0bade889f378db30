import { EggyError } from '@eggybyte/errors';

/** Two places ask for one metric name with another kind or other labels: `EGGY_OBSERVABILITY_METRIC`. */
export class MetricClashError extends EggyError {
  constructor(name: string) {
    super('EGGY_OBSERVABILITY_METRIC', {
      what: `Metric \`${name}\` exists with another kind or other labels`,
      fix: 'give one of the two another name, or the same labels',
    });
  }
}

/** A metric cannot have this name, help or label: `EGGY_OBSERVABILITY_METRIC_NAME`. */
export class MetricNameError extends EggyError {
  constructor(name: string, why: string, fix: string) {
    super('EGGY_OBSERVABILITY_METRIC_NAME', { what: `Metric \`${name}\` cannot be made`, why, fix });
  }
}
