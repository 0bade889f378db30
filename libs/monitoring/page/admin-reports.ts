/*
 * What the admin paths of libs of monitoring's own floor answer, as far as the page shows it. They do not import each other,
 * and a service may run without any of them.
 */

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
