import type { OverviewReport } from '../src/overview/overview-report.js';

/*
 * What the admin paths of other libs answer, as far as the page shows it. Libs of one floor do not import each other, and
 * a service may run without any of them.
 */

export type ApplicationState = OverviewReport['application']['state'];

export interface StartupStep {
  name: string;
  status: 'running' | 'started' | 'finished' | 'failed' | 'stopped';
  at_ms: number;
  took_ms?: number;
  error?: string;
}

export interface StartupReport {
  state: ApplicationState;
  started_at: string;
  ready_after_ms?: number;
  waiting_on: string[];
  states: { state: ApplicationState; at_ms: number }[];
  phases: StartupStep[];
  initializers: StartupStep[];
  services: StartupStep[];
  providers: { name: string; took_ms: number }[];
}

export interface ConfigVariable {
  name: string;
  value: unknown;
  source: string;
  found_as?: string;
  path?: string;
  reloadable: boolean;
  restart_required: boolean;
}

export interface ConfigReport {
  generation: number;
  restart_required: string[];
  watched: { name: string; version?: string; refused: boolean; trouble?: string }[];
  variables: ConfigVariable[];
  warnings: { kind: string; name: string; message: string }[];
}

export interface ContextLease {
  context: string;
  level: string;
  until: string;
  known: boolean;
}

export interface LevelsReport {
  level: string;
  configured: string;
  until: string | null;
  contexts: ContextLease[];
  known: string[];
}

/** A log record as it was written: any field may be there. */
export interface LogRecord {
  time: string;
  level: unknown;
  msg: unknown;
  context?: unknown;
  err?: unknown;
  [field: string]: unknown;
}

export interface WarningsReport {
  records: LogRecord[];
}

export interface InfoReport {
  service?: string;
  version?: string;
  build?: Record<string, unknown>;
  runtime?: Record<string, unknown>;
  packages?: Record<string, string>;
}
