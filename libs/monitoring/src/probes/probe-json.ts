import type { LauncherState } from '@eggybyte/lifecycle';
import type { JudgedCheck, ProbeVerdict } from './probe-verdict.js';

/** One check in a JSON answer. */
export interface ProbeJsonCheck {
  status: 'up' | 'down';
  critical: boolean;
  /** Class of the failure, or `pending` before the first run has ended. */
  reason?: string;
  excluded?: true;
}

/** A probe's JSON answer: the shape of terminus' health check result, and the state of the application. */
export interface ProbeJson {
  status: 'ok' | 'degraded' | 'error' | 'shutting_down';
  /** The checks that are up. */
  info: Record<string, ProbeJsonCheck>;
  /** The checks that are down, also those that are not critical. */
  error: Record<string, ProbeJsonCheck>;
  /** All of them. */
  details: Record<string, ProbeJsonCheck>;
  state: LauncherState;
  /** ISO 8601. */
  timestamp: string;
}

export function probeJson(verdict: ProbeVerdict, now: Date): ProbeJson {
  const told = verdict.checks.filter((check) => !check.excluded);
  return {
    status: statusOf(verdict),
    info: byName(told.filter((check) => check.state === 'up')),
    error: byName(told.filter((check) => check.state !== 'up')),
    details: byName(verdict.checks),
    state: verdict.state,
    timestamp: now.toISOString(),
  };
}

function statusOf({ passed, degraded, state }: ProbeVerdict): ProbeJson['status'] {
  if (passed) return degraded ? 'degraded' : 'ok';
  return state === 'draining' || state === 'stopping' || state === 'stopped' ? 'shutting_down' : 'error';
}

function byName(checks: readonly JudgedCheck[]): Record<string, ProbeJsonCheck> {
  return Object.fromEntries(checks.map((check) => [check.name, entryOf(check)]));
}

function entryOf({ state, reason, critical, excluded }: JudgedCheck): ProbeJsonCheck {
  return {
    status: state === 'up' ? 'up' : 'down',
    critical,
    ...(state !== 'up' && { reason: reason ?? 'pending' }),
    ...(excluded && { excluded }),
  };
}
