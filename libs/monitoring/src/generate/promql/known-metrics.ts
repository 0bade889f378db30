import type { LabelsOf, MetricDefinition, SuiteMetric, SuiteMetricOf } from '@eggybyte/observability';

/**
 * Those metrics of prom-client about the process and its runtime that dashboards and alerts use. The rest of its
 * defaults is served as well; a test looks for these among what a running service tells.
 */
export const runtimeMetrics = {
  process_start_time_seconds: {
    kind: 'gauge',
    help: 'When the process was started, in seconds since 1970.',
    labels: [],
  },
  process_cpu_seconds_total: { kind: 'counter', help: 'CPU time of the process, all threads.', labels: [] },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Memory of the process that is in RAM.', labels: [] },
  process_open_fds: { kind: 'gauge', help: 'Open file descriptors; on Linux only.', labels: [] },
  process_max_fds: { kind: 'gauge', help: 'Most file descriptors that may be open; on Linux only.', labels: [] },
  nodejs_heap_size_used_bytes: { kind: 'gauge', help: "What V8's heap holds.", labels: [] },
  nodejs_heap_size_total_bytes: { kind: 'gauge', help: "What V8's heap has reserved.", labels: [] },
  nodejs_external_memory_bytes: {
    kind: 'gauge',
    help: 'Memory outside of the heap that objects hold: buffers.',
    labels: [],
  },
  nodejs_eventloop_lag_p99_seconds: {
    kind: 'gauge',
    help: 'How late timers ran in the last one to two minutes, 99th percentile.',
    labels: [],
  },
  nodejs_eventloop_lag_max_seconds: {
    kind: 'gauge',
    help: 'How late timers ran in the last one to two minutes, at most.',
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

/** What Prometheus itself tells of its targets and of the alerts that it evaluates. */
const prometheusMetrics = {
  up: { kind: 'gauge', help: '1 while the target answers scrapes, else 0.', labels: [] },
  ALERTS: {
    kind: 'gauge',
    help: '1 for each alert that is pending or firing.',
    labels: ['alertname', 'alertstate', 'severity', 'service'],
  },
} as const satisfies Record<string, MetricDefinition>;

type Other = typeof runtimeMetrics & typeof prometheusMetrics;

/** The name of any metric that a query may be about. */
export type KnownMetric = SuiteMetric | keyof Other;

/** Labels that a target has by itself, whatever the metric is. */
export type TargetLabel = 'namespace' | 'job' | 'instance';

/** The labels of a known metric. */
export type KnownLabels<N extends KnownMetric> =
  TargetLabel | (N extends SuiteMetric ? LabelsOf<N> : N extends keyof Other ? Other[N]['labels'][number] : never);

/** Those of which there are buckets, a count and a sum. */
export type KnownHistogram = SuiteMetricOf<'histogram'>;

/** Those that are told as one series each. */
export type KnownPlain = Exclude<KnownMetric, KnownHistogram>;
