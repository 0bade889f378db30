import type { LauncherState } from '@eggybyte/lifecycle';
import type { CheckStatus } from '../health/health-events.js';

export type ProbeName = 'livez' | 'startupz' | 'readyz' | 'healthz';

/** A check as one probe sees it. */
export interface JudgedCheck extends CheckStatus {
  /** The caller asked to leave it out. */
  readonly excluded: boolean;
}

/** The answer of a probe before it is written as text or JSON. */
export interface ProbeVerdict {
  readonly probe: ProbeName;
  readonly state: LauncherState;
  /** Status 200, else 503. */
  readonly passed: boolean;
  /** Something that is not critical is down; only `/healthz` tells. */
  readonly degraded: boolean;
  readonly checks: readonly JudgedCheck[];
  /** Names that were to be left out and that no check has. */
  readonly unmatched: readonly string[];
}

/** Decides a probe. Liveness and startup look at the application alone: a dependency never restarts a pod. */
export function judge(
  probe: ProbeName,
  state: LauncherState,
  checks: readonly CheckStatus[],
  exclude: readonly string[] = [],
): ProbeVerdict {
  if (probe === 'livez' || probe === 'startupz') {
    const passed = state !== 'broken' && (probe === 'livez' || state !== 'starting');
    return { probe, state, passed, degraded: false, checks: [], unmatched: exclude };
  }
  const judged = checks.map((check) => ({ ...check, excluded: exclude.includes(check.name) }));
  const failing = judged.filter((check) => !check.excluded && check.state !== 'up');
  const passed = state === 'ready' && !failing.some((check) => check.critical);
  const degraded = probe === 'healthz' && passed && failing.length > 0;
  const unmatched = exclude.filter((name) => !checks.some((check) => check.name === name));
  return { probe, state, passed, degraded, checks: judged, unmatched };
}

/** Decides the path of one check, such as `/readyz/database`: whether that check is up, whatever else is. */
export function judgeOne(probe: ProbeName, state: LauncherState, check: CheckStatus): ProbeVerdict {
  const checks = [{ ...check, excluded: false }];
  return { probe, state, passed: check.state === 'up', degraded: false, checks, unmatched: [] };
}
