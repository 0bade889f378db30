import type { AccessRecord, Histogram, Metrics } from '@eggybyte/observability';
import { methodOf } from './request-names.js';

type Label = 'http_request_method' | 'http_route' | 'http_response_status_code';
type Series = ReturnType<Histogram<Label>['labels']>;

/** Upper bounds in seconds, those that OpenTelemetry's conventions advise. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The HTTP metrics of OpenTelemetry's conventions, in Prometheus form. */
export class RequestMetrics {
  readonly #duration: Histogram<Label>;
  /** By route, then by method and status: looking up a series by its labels costs more than all the rest. */
  readonly #series = new Map<string, Map<string, Series>>();

  /** @param inflight is asked at each scrape. */
  constructor(metrics: Metrics, inflight: () => number) {
    this.#duration = metrics.histogram('http_server_request_duration_seconds', 'Duration of answered HTTP requests', {
      labels: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: BUCKETS,
    });
    metrics.gauge('http_server_active_requests', 'HTTP requests that are being answered', [], (gauge) =>
      gauge.set(inflight()),
    );
  }

  observe({ method, route, status, durationMs }: AccessRecord): void {
    const name = methodOf(method);
    const key = name + status;
    let ofRoute = this.#series.get(route);
    if (!ofRoute) this.#series.set(route, (ofRoute = new Map()));
    let series = ofRoute.get(key);
    if (!series) {
      series = this.#duration.labels(name, route, String(status));
      ofRoute.set(key, series);
    }
    series.observe(durationMs / 1000);
  }
}
