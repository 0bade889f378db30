export { AccessLog, type AccessRecord } from './access-log.js';
export { activeTrace, enterTrace } from './active-trace.js';
export {
  ADMIN_ENDPOINT_KEY,
  type AdminAnswer,
  type AdminChange,
  AdminEndpoint,
  type AdminEndpointOptions,
  type AdminRequest,
} from './admin-endpoint.js';
export { CounterSeries } from './counter-series.js';
export { contextHeaders } from './context-headers.js';
export { HEALTH_CHECKER_KEY, HealthChecker, type HealthCheckerOptions } from './health-checker.js';
export { type HistogramRow, type HistogramRows, histogramRows } from './histogram-rows.js';
export { HistogramSeries } from './histogram-series.js';
export {
  type LabelsOf,
  metricCatalogue,
  type MetricDefinition,
  type SuiteMetric,
  type SuiteMetricOf,
} from './metric-catalogue.js';
export { type HistogramOptions, Metrics, type MetricsOptions } from './metrics.js';
export { collectDefaultMetrics, Counter, Gauge, Histogram, register as globalRegister, Registry } from 'prom-client';
export { MetricClashError, MetricNameError } from './observability.errors.js';
export {
  type ContextOptions,
  createRequestContext,
  enterContext,
  type IncomingHeaders,
  outsideContext,
  remoteTrace,
  type RequestContext,
  requestContext,
  requestIdOf,
  runInContext,
  stayInContext,
  traceContexts,
} from './request-context.js';
export { REDACTED, scrubText, SECRET_WORDS } from './scrub-text.js';
export { suiteCounter, suiteGauge, suiteHistogram } from './suite-metrics.js';
export { type Span, type SpanAttributes, type SpanEnd, type SpanKind, type SpanOptions, Tracer } from './tracer.js';
export { childSpan, type TraceContext } from './traceparent.js';
export { WithContext } from './with-context.js';
export { currentUnitOfWork, runInUnitOfWork, type UnitOfWork } from './unit-of-work.js';
