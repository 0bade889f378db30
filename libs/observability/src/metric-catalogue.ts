/** One of the suite's own metrics, as it is made and as dashboards, alerts and reference tables know it. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[];
}

/** Seconds; those that OpenTelemetry's conventions advise for HTTP. */
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;
/** Seconds; those that OpenTelemetry's conventions advise for databases. */
const DATABASE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const;
/** Seconds: from a tenth of a millisecond, as memory and a near server answer, to beyond the default deadline. */
const CACHE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;
/** Seconds; prom-client's own for garbage collection. */
const GC_SECONDS = [0.001, 0.01, 0.1, 1, 2, 5] as const;

/**
 * Every metric that the suite makes itself, by its name. Names of what OpenTelemetry's semantic conventions know are
 * theirs in Prometheus form; the rest begins with `eggy_`.
 */
export const metricCatalogue = {
  eggy_app_info: {
    kind: 'gauge',
    help: 'What runs here; always 1.',
    labels: ['service', 'version', 'environment', 'node'],
  },
  eggy_app_state: {
    kind: 'gauge',
    help: 'Where the application stands: 1 for its state, else 0.',
    labels: ['state'],
  },
  eggy_startup_phase_seconds: {
    kind: 'gauge',
    help: 'Duration of each phase of the start that has finished.',
    labels: ['phase'],
  },
  eggy_health_check_up: {
    kind: 'gauge',
    help: '1 while the check is up, 0 while it is down; absent before its first result.',
    labels: ['check', 'critical'],
  },
  eggy_health_check_duration_seconds: {
    kind: 'gauge',
    help: 'Duration of the last run of the check.',
    labels: ['check'],
  },
  eggy_health_check_failures_total: {
    kind: 'counter',
    help: 'Failed runs of the check by class, repetitions included.',
    labels: ['check', 'reason'],
  },
  eggy_monitoring_collect_errors_total: {
    kind: 'counter',
    help: 'Scrapes that the metric was left out of, as collecting it failed.',
    labels: ['metric'],
  },
  eggy_memory_limit_bytes: {
    kind: 'gauge',
    help: "What memory may grow to: V8's heap, and the process where its container limits it.",
    labels: ['memory'],
  },
  nodejs_eventloop_time_seconds_total: {
    kind: 'counter',
    help: 'Time that the event loop was active or idle.',
    labels: ['nodejs_eventloop_state'],
  },
  nodejs_gc_duration_seconds: {
    kind: 'histogram',
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labels: ['kind'],
    buckets: GC_SECONDS,
  },
  http_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'Duration of answered HTTP requests.',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_SECONDS,
  },
  http_server_active_requests: { kind: 'gauge', help: 'HTTP requests that are being answered.', labels: [] },
  http_client_request_duration_seconds: {
    kind: 'histogram',
    help: 'Duration of outgoing HTTP requests.',
    labels: ['http_request_method', 'server_address', 'http_response_status_code', 'error_type'],
    buckets: HTTP_SECONDS,
  },
  db_client_operation_duration_seconds: {
    kind: 'histogram',
    help: 'Duration of database operations.',
    labels: ['db_system_name', 'data_source', 'db_operation_name', 'error_type'],
    buckets: DATABASE_SECONDS,
  },
  // Not `_count`, which OpenTelemetry's name ends in: Prometheus' own check keeps that for histograms.
  db_client_connections: {
    kind: 'gauge',
    help: 'Connections of the pool by their state, idle or used.',
    labels: ['db_client_connection_pool_name', 'db_client_connection_state'],
  },
  db_client_connection_max: {
    kind: 'gauge',
    help: 'Most connections of the pool.',
    labels: ['db_client_connection_pool_name'],
  },
  db_client_connection_pending_requests: {
    kind: 'gauge',
    help: 'Requests that wait for a connection.',
    labels: ['db_client_connection_pool_name'],
  },
  db_client_connection_wait_time_seconds: {
    kind: 'histogram',
    help: 'Time that a request waits for a connection.',
    labels: ['db_client_connection_pool_name'],
    buckets: DATABASE_SECONDS,
  },
  db_client_connection_timeouts_total: {
    kind: 'counter',
    help: 'Requests that got no connection in time.',
    labels: ['db_client_connection_pool_name'],
  },
  eggy_database_schema_drift: {
    kind: 'gauge',
    help: 'Differences between the database and the entities that are left as they are.',
    labels: ['severity', 'data_source'],
  },
  eggy_cache_operations_total: {
    kind: 'counter',
    help: 'Cache operations by their result.',
    labels: ['operation', 'result', 'server'],
  },
  eggy_cache_operation_duration_seconds: {
    kind: 'histogram',
    help: 'Time that cache operations take.',
    labels: ['operation', 'server'],
    buckets: CACHE_SECONDS,
  },
  eggy_cache_loads_total: {
    kind: 'counter',
    help: 'Loads of what the cache did not have.',
    labels: ['result'],
  },
  eggy_cache_server_up: {
    kind: 'gauge',
    help: '1 while the cache server is asked, 0 while operations on it fail at once.',
    labels: ['server'],
  },
  eggy_config_reload_total: {
    kind: 'counter',
    help: 'Reloads of the configuration by result: applied, unchanged or refused.',
    labels: ['source', 'result'],
  },
  eggy_config_generation: {
    kind: 'gauge',
    help: 'How often the configuration has changed, counted from 1.',
    labels: [],
  },
  eggy_config_restart_required: {
    kind: 'gauge',
    help: 'Variables that have changed and take effect with the next start only.',
    labels: [],
  },
  eggy_log_records_total: { kind: 'counter', help: 'Log records by level, left-out ones included.', labels: ['level'] },
  eggy_tracing_spans_total: {
    kind: 'counter',
    help: 'Spans by what became of them: sent or lost.',
    labels: ['result'],
  },
} as const satisfies Record<string, MetricDefinition>;

type Catalogue = typeof metricCatalogue;

/** The name of one of the suite's own metrics. */
export type SuiteMetric = keyof Catalogue;

/** The names of those of one kind. */
export type SuiteMetricOf<K extends MetricDefinition['kind']> = {
  [Name in SuiteMetric]: Catalogue[Name]['kind'] extends K ? Name : never;
}[SuiteMetric];

/** The labels of one of the suite's own metrics. */
export type LabelsOf<Name extends SuiteMetric> = Catalogue[Name]['labels'][number];
