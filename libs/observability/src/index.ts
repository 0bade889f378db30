export { AccessLog, type AccessRecord } from './access-log.js';
export {
  ADMIN_ENDPOINT_KEY,
  type AdminAnswer,
  AdminEndpoint,
  type AdminEndpointOptions,
  type AdminRequest,
} from './admin-endpoint.js';
export { HEALTH_CHECKER_KEY, HealthChecker, type HealthCheckerOptions } from './health-checker.js';
export { type HistogramOptions, Metrics } from './metrics.js';
export { collectDefaultMetrics, Counter, Gauge, Histogram, register as globalRegister, Registry } from 'prom-client';
export { MetricClashError } from './observability.errors.js';
export {
  contextHeaders,
  createRequestContext,
  enterContext,
  type IncomingHeaders,
  type RequestContext,
  requestContext,
  runInContext,
} from './request-context.js';
export { REDACTED, scrubText, SECRET_WORDS } from './scrub-text.js';
export type { TraceContext } from './traceparent.js';
export { currentUnitOfWork, runInUnitOfWork, type UnitOfWork } from './unit-of-work.js';
