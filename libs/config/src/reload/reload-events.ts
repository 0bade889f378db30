import type { ConfigProblem } from '../config-problem.js';
import type { SourceTrouble } from '../watch/watched-source.js';

/** What happens to a configuration while the process runs, as data: logs and metrics are made of it by listeners. */
export type ReloadEvent =
  | { kind: 'reload.applied'; source: string; version: string; generation: number; changed: readonly string[] }
  | { kind: 'reload.unchanged'; source: string; version: string }
  | { kind: 'reload.refused'; source: string; version: string; problems: readonly ConfigProblem[] }
  | { kind: 'restart.required'; names: readonly string[] }
  | { kind: 'source.trouble'; source: string; trouble: SourceTrouble | undefined };

export type ReloadListener = (event: ReloadEvent) => void;
