import type { LauncherState } from '@eggybyte/lifecycle';
import type { CheckReport, OverviewReport } from '../src/overview/overview-report.js';

export type Tone = 'ok' | 'warn' | 'bad' | 'off';

/** How the service is, in one word, and what that comes from. */
export interface Verdict {
  word: string;
  tone: Tone;
  detail: string;
  /** Milliseconds since 1970; undefined where nothing tells. */
  since: number | undefined;
}

export const ICONS: Record<Tone, string> = { ok: '✓', warn: '!', bad: '✕', off: '–' };

const REASONS: Record<string, string> = {
  timeout: 'no answer in time',
  refused: 'connection refused',
  auth: 'credentials refused',
  saturated: 'no free connection',
  failed: 'failed',
};

const STATES: Record<LauncherState, { word: string; tone: Tone; detail: string }> = {
  starting: { word: 'Starting', tone: 'warn', detail: 'takes no requests yet' },
  ready: { word: 'Ready', tone: 'ok', detail: 'every check is up' },
  draining: { word: 'Draining', tone: 'warn', detail: 'is being stopped; serves what still comes' },
  stopping: { word: 'Stopping', tone: 'warn', detail: 'takes no requests any more' },
  stopped: { word: 'Stopped', tone: 'off', detail: 'has ended in good order' },
  broken: { word: 'Broken', tone: 'bad', detail: 'has failed, or its event loop is blocked' },
};

export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

export function toneOf(state: string): Tone {
  if (state === 'up') return 'ok';
  if (state === 'down') return 'bad';
  return state === 'pending' ? 'off' : (STATES[state as LauncherState]?.tone ?? 'off');
}

/** As `/healthz` decides: a critical check that is not up means not ready, another one degraded. */
export function verdictOn({ application, checks, changes }: OverviewReport): Verdict {
  const { state } = application;
  const change = changes.find(({ of, to }) => of === 'application' && to === state);
  const stateSince = Date.parse(change?.at ?? application.started_at);
  const plain = { ...STATES[state], since: stateSince };
  if (state !== 'ready') return plain;
  const failing = checks.filter((check) => check.state !== 'up');
  const critical = failing.filter((check) => check.critical);
  if (critical.length > 0) {
    return { word: 'Not ready', tone: 'bad', detail: told(critical), since: earliest(critical) ?? stateSince };
  }
  if (failing.length > 0) {
    return { word: 'Degraded', tone: 'warn', detail: told(failing), since: earliest(failing) ?? stateSince };
  }
  const detail = checks.length === 0 ? 'there are no checks' : plain.detail;
  return { ...plain, detail, since: Math.max(stateSince, ...sinceOf(checks)) };
}

function told(checks: readonly CheckReport[]): string {
  return checks
    .map(({ name, state, reason }) => {
      if (state === 'pending') return `${name} has not told yet`;
      return `${name} is down${reason ? ` (${reasonInWords(reason)})` : ''}`;
    })
    .join(', ');
}

function earliest(checks: readonly CheckReport[]): number | undefined {
  const times = sinceOf(checks);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function sinceOf(checks: readonly CheckReport[]): number[] {
  return checks.flatMap(({ since }) => (since === undefined ? [] : [Date.parse(since)]));
}
