import { describe, expect, it } from '@jest/globals';
import type { CheckReport, OverviewReport } from '../src/overview/overview-report.js';
import { verdictOn } from './verdict.js';

const NINE = '2026-11-29T09:00:00.000Z';
const TEN = '2026-11-29T10:00:00.000Z';
const ELEVEN = '2026-11-29T11:00:00.000Z';

const check = (name: string, rest: Partial<CheckReport> = {}): CheckReport => {
  return { name, critical: true, state: 'up', since: NINE, runs: [], ...rest };
};

const report = (state: OverviewReport['application']['state'], checks: CheckReport[]): OverviewReport => ({
  at: ELEVEN,
  application: {
    service: 'users',
    version: '1.0.0',
    environment: 'test',
    state,
    started_at: NINE,
    uptime_s: 7200,
    heap_limit_bytes: 1,
    memory_limit_bytes: null,
  },
  checks,
  changes: [{ at: NINE, of: 'application', from: 'starting', to: 'ready' }],
  routes: { window_s: 300, rows: [], left_out: 0 },
  samples: [],
});

describe(verdictOn, () => {
  it('is ready since the last check has come up', () => {
    const verdict = verdictOn(report('ready', [check('database'), check('cache', { since: TEN })]));
    expect(verdict).toMatchObject({ word: 'Ready', tone: 'ok', since: Date.parse(TEN) });
  });

  it('is degraded by a check that is not critical, and names it', () => {
    const down = check('cache', { critical: false, state: 'down', reason: 'timeout', since: TEN });
    expect(verdictOn(report('ready', [check('database'), down]))).toEqual({
      word: 'Degraded',
      tone: 'warn',
      detail: 'cache is down (no answer in time)',
      since: Date.parse(TEN),
    });
  });

  it('is not ready while a critical check is down or has not told, whatever others are', () => {
    const cache = check('cache', { critical: false, state: 'down', reason: 'refused', since: ELEVEN });
    const down = check('database', { state: 'down', reason: 'refused', since: TEN });
    const { since, ...pending } = check('schema', { state: 'pending' });
    expect(verdictOn(report('ready', [down, cache, pending]))).toMatchObject({
      word: 'Not ready',
      detail: 'database is down (connection refused), schema has not told yet',
      since: Date.parse(TEN),
    });
    expect(since).toBeDefined();
  });

  it.each([
    ['starting', 'Starting'],
    ['draining', 'Draining'],
    ['stopping', 'Stopping'],
    ['broken', 'Broken'],
  ] as const)('is %s as the application says, whatever the checks are', (state, word) => {
    expect(verdictOn(report(state, [check('database', { state: 'down' })])).word).toBe(word);
  });
});
