import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client';
import { checkMetric } from './metric-names.js';
import { MetricClashError } from './observability.errors.js';
import { capSeries } from './series-cap.js';

/** OpenTelemetry's limit for one instrument. */
const MAX_SERIES = 2000;

export interface MetricsOptions {
  /**
   * Series that one metric may have, a histogram with all its buckets being one. What has other labels then is counted
   * in one more, whose labels are all `overflow`, and a warning names the label with the most values.
   * @default 2000
   */
  maxSeries?: number;
}

/** Options of {@link Metrics.histogram}. */
export interface HistogramOptions<L extends string> {
  labels?: readonly L[];
  /** Upper bounds, ascending. @default prom-client's, made for seconds: 5 ms to 10 s */
  buckets?: readonly number[];
}

/**
 * The metrics of one application. Each call gets or creates, so two providers may ask for the same metric; another
 * kind or other labels under one name are an error, while help, buckets and `collect` are those of the first call.
 * No metric grows without end, see {@link MetricsOptions.maxSeries}; what is made with prom-client itself has no limit.
 * A class token: inject it; the monitoring lib provides it.
 */
export class Metrics {
  /** The application's own registry: two applications in one process never share a series. */
  readonly registry = new Registry();
  readonly #maxSeries: number;

  constructor({ maxSeries = MAX_SERIES }: MetricsOptions = {}) {
    this.#maxSeries = maxSeries;
  }

  /** A value that only grows; `collect` may count at each scrape. Name it `<what>_total`. */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    collect?: (counter: Counter<L>) => void | Promise<void>,
  ): Counter<L> {
    checkMetric(name, help, labels);
    return this.#obtain(name, Counter<L>, labels, () => {
      const counter: Counter<L> = new Counter({
        name,
        help,
        labelNames: labels,
        registers: [this.registry],
        ...(collect && { collect: () => collect(counter) }),
      });
      return counter;
    });
  }

  /** A value that goes up and down; `collect` may set it at each scrape. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    checkMetric(name, help, labels);
    return this.#obtain(name, Gauge<L>, labels, () => {
      const gauge: Gauge<L> = new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [this.registry],
        ...(collect && { collect: () => collect(gauge) }),
      });
      return gauge;
    });
  }

  /** A distribution, in base units (seconds, bytes). */
  histogram<L extends string = never>(name: string, help: string, options: HistogramOptions<L> = {}): Histogram<L> {
    const { labels = [], buckets } = options;
    checkMetric(name, help, labels);
    return this.#obtain(
      name,
      Histogram<L>,
      labels,
      () =>
        new Histogram({
          name,
          help,
          labelNames: labels,
          registers: [this.registry],
          ...(buckets && { buckets: [...buckets] }),
        }),
    );
  }

  #obtain<M extends Metric>(
    name: string,
    kind: new (...args: never[]) => M,
    labels: readonly string[],
    create: () => M,
  ): M {
    const existing = this.registry.getSingleMetric(name);
    if (!existing) {
      const created = create();
      capSeries(created, labels, this.#maxSeries);
      return created;
    }
    if (!(existing instanceof kind) || labelsOf(existing) !== labels.toSorted().join())
      throw new MetricClashError(name);
    return existing;
  }
}

/** prom-client keeps the label names as a public field that its types leave out. */
function labelsOf(metric: Metric): string {
  const { labelNames } = metric as unknown as { labelNames: readonly string[] };
  return labelNames.toSorted().join();
}
