import {
  type AccessRecord,
  type Histogram,
  HistogramSeries,
  type LabelsOf,
  type Metrics,
  suiteGauge,
  suiteHistogram,
} from '@eggybyte/observability';
import { methodOf } from './request-names.js';

type Label = LabelsOf<'http_server_request_duration_seconds'>;
type Series = HistogramSeries<Label>;

/** The HTTP metrics of OpenTelemetry's conventions, in Prometheus form. */
export class RequestMetrics {
  readonly #duration: Histogram<Label>;
  /** By route, method as it came, and status. */
  readonly #series = new Map<string, Map<string, Map<number, Series>>>();

  /** @param inflight is asked at each scrape. */
  constructor(metrics: Metrics, inflight: () => number) {
    this.#duration = suiteHistogram(metrics, 'http_server_request_duration_seconds');
    suiteGauge(metrics, 'http_server_active_requests', (gauge) => gauge.set(inflight()));
  }

  observe({ method, route, status, durationMs }: AccessRecord): void {
    this.#seriesOf(method, route, status).observe(durationMs / 1000);
  }

  #seriesOf(method: string, route: string, status: number): Series {
    let ofRoute = this.#series.get(route);
    if (!ofRoute) this.#series.set(route, (ofRoute = new Map()));
    let ofMethod = ofRoute.get(method);
    if (!ofMethod) ofRoute.set(method, (ofMethod = new Map()));
    let series = ofMethod.get(status);
    if (!series) {
      series = new HistogramSeries(this.#duration, {
        http_request_method: methodOf(method),
        http_route: route,
        http_response_status_code: String(status),
      });
      ofMethod.set(status, series);
    }
    return series;
  }
}
