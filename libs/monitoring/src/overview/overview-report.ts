import type { LauncherState } from '@eggybyte/lifecycle';
import type { FailureReason } from '../health/failure-reason.js';
import type { CheckState } from '../health/health-events.js';
import type { ProcessReport } from '../info/process-report.js';
import type { ApplicationInfo } from '../metrics/application-metrics.js';

/** What `/overview` answers, and what the page at `/` is made of. Times are ISO 8601 unless their name has a unit. */
export interface OverviewReport {
  /** The server's clock. */
  at: string;
  application: ApplicationReport;
  checks: CheckReport[];
  /** What has changed, the latest first, 100 at most. */
  changes: ChangeReport[];
  routes: RouteTable;
  /** How things were each 5 s of the last 15 minutes, the oldest first. */
  samples: Sample[];
}

/** An event of `/events`: at first the whole report, then each 2 s what may be new. */
export type OverviewEvent =
  | { kind: 'overview'; overview: OverviewReport }
  | { kind: 'update'; overview: Omit<OverviewReport, 'samples'>; samples: Sample[] };

export interface ApplicationReport extends ApplicationInfo, ProcessReport {
  state: LauncherState;
}

export interface CheckReport {
  name: string;
  critical: boolean;
  state: CheckState;
  /** Class of the last failure; absent while up. */
  reason?: FailureReason;
  /** When it came to its state; absent while pending. */
  since?: string;
  /** Its last runs, the oldest first, 60 at most. */
  runs: CheckRun[];
}

export interface CheckRun {
  at: string;
  took_ms: number;
  /** Class of its failure; absent where it went well. */
  reason?: FailureReason;
}

/** One change of the application's state, or of a check's. */
export interface ChangeReport {
  at: string;
  of: 'application' | 'check';
  /** The check's name. */
  name?: string;
  from: LauncherState | CheckState;
  to: LauncherState | CheckState;
  reason?: FailureReason;
  critical?: boolean;
}

/** Requests by route: over the last five minutes, or since the start where that is less. */
export interface RouteTable {
  window_s: number;
  /** Those with the most requests first, 100 at most. */
  rows: RouteReport[];
  /** Routes that had requests but are not among the rows. */
  left_out: number;
}

export interface RouteReport {
  method: string;
  /** The template, or `unmatched`. */
  route: string;
  requests: number;
  per_second: number;
  /** Answers of 500 and above. */
  errors: number;
  /** Interpolated between the bounds of the histogram, as `histogram_quantile` does. */
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
}

/** How things were in the 5 s before `at_ms`; null where nothing tells, such as the latency without a request. */
export interface Sample {
  /** Milliseconds since 1970. */
  at_ms: number;
  requests_per_second: number;
  errors_per_second: number;
  p50_ms: number | null;
  p99_ms: number | null;
  active_requests: number;
  /** Share of the time that the event loop was busy, 0 to 1. */
  loop_utilization: number;
  /** The longest that the event loop was late. */
  loop_lag_ms: number;
  rss_bytes: number;
  heap_used_bytes: number;
  /** By the pool's name. */
  pools: Record<string, PoolSample>;
  /** Share of the reads that found a value, 0 to 1. */
  cache_hit_ratio: number | null;
  cache_operations_per_second: number | null;
  /** Log records at warn and above. */
  warnings: number;
}

export interface PoolSample {
  used: number;
  idle: number;
  waiting: number;
  max: number;
}
