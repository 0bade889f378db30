import { type Histogram, type LabelsOf, type Metrics, suiteHistogram } from '@eggybyte/observability';
import { methodOf } from '../request-names.js';
import type { OutgoingEnd, OutgoingRequest } from './outgoing-call.js';

type Label = LabelsOf<'http_client_request_duration_seconds'>;
type Series = ReturnType<Histogram<Label>['labels']>;

/** A service calls few others by name; one that calls addresses of its users must not make a series of each. */
const MOST_HOSTS = 100;
const OVERFLOW = 'overflow';

/** The metrics of outgoing HTTP calls by OpenTelemetry's conventions, in Prometheus form. */
export class ClientMetrics {
  readonly #duration: Histogram<Label>;
  readonly #series = new Map<string, Series>();
  readonly #hosts = new Set<string>();

  constructor(metrics: Metrics) {
    this.#duration = suiteHistogram(metrics, 'http_client_request_duration_seconds');
  }

  observe({ method, host }: OutgoingRequest, { status, error = '', durationMs }: OutgoingEnd): void {
    const labels = [methodOf(method), this.#hostOf(host), String(status ?? ''), error] as const;
    const key = labels.join(' ');
    let series = this.#series.get(key);
    if (!series) this.#series.set(key, (series = this.#duration.labels(...labels)));
    series.observe(durationMs / 1000);
  }

  #hostOf(host: string): string {
    if (this.#hosts.has(host)) return host;
    if (this.#hosts.size >= MOST_HOSTS) return OVERFLOW;
    this.#hosts.add(host);
    return host;
  }
}
