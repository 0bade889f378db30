import { describe, expect, it } from '@jest/globals';
import type { LauncherState } from '@eggybyte/lifecycle';
import type { CheckState, CheckStatus } from '../health/health-events.js';
import { judge, judgeOne, type ProbeName } from './probe-verdict.js';

const check = (name: string, critical: boolean, state: CheckState): CheckStatus => ({
  name,
  critical,
  state,
  reason: state === 'down' ? 'timeout' : undefined,
});
const UP = [check('database', true, 'up'), check('cache', false, 'up')];
const CRITICAL_DOWN = [check('database', true, 'down'), check('cache', false, 'up')];
const CRITICAL_PENDING = [check('database', true, 'pending'), check('cache', false, 'up')];
const OTHER_DOWN = [check('database', true, 'up'), check('cache', false, 'down')];
const NAMES = ['livez', 'startupz', 'readyz', 'healthz'] as const;

/** One line for each situation: which of livez, startupz, readyz and healthz pass. */
const TABLE: [LauncherState, string, CheckStatus[], boolean[]][] = [
  ['starting', 'all up', UP, [true, false, false, false]],
  ['ready', 'all up', UP, [true, true, true, true]],
  ['ready', 'no checks', [], [true, true, true, true]],
  ['ready', 'critical down', CRITICAL_DOWN, [true, true, false, false]],
  ['ready', 'critical pending', CRITICAL_PENDING, [true, true, false, false]],
  ['ready', 'non-critical down', OTHER_DOWN, [true, true, true, true]],
  ['draining', 'all up', UP, [true, true, false, false]],
  ['stopping', 'all up', UP, [true, true, false, false]],
  ['stopped', 'all up', UP, [true, true, false, false]],
  ['broken', 'all up', UP, [false, false, false, false]],
];
const CELLS = TABLE.flatMap(([state, what, checks, passes]) =>
  NAMES.map((probe, at): [ProbeName, LauncherState, string, CheckStatus[], boolean] => [
    probe,
    state,
    what,
    checks,
    passes[at] as boolean,
  ]),
);

describe('judge', () => {
  it.each(CELLS)('/%s while %s, %s', (probe, state, _what, checks, passes) => {
    expect(judge(probe, state, checks).passed).toBe(passes);
  });

  it('calls only /healthz degraded, and only while what is critical is up', () => {
    const degraded = NAMES.filter((probe) => judge(probe, 'ready', OTHER_DOWN).degraded);
    expect(degraded).toEqual(['healthz']);
    expect(judge('healthz', 'ready', [...CRITICAL_DOWN, check('search', false, 'down')]).degraded).toBe(false);
    expect(judge('healthz', 'draining', OTHER_DOWN).degraded).toBe(false);
  });

  it('leaves out the checks that the caller excludes, and tells the names that no check has', () => {
    const verdict = judge('readyz', 'ready', CRITICAL_DOWN, ['database', 'nothing']);
    expect(verdict.passed).toBe(true);
    expect(verdict.checks.map(({ name, excluded }) => [name, excluded])).toEqual([
      ['database', true],
      ['cache', false],
    ]);
    expect(verdict.unmatched).toEqual(['nothing']);
  });

  it('does not let the state be excluded', () => {
    expect(judge('readyz', 'draining', CRITICAL_DOWN, ['database', 'state']).passed).toBe(false);
  });

  it('shows no checks on liveness and startup', () => {
    expect(judge('livez', 'ready', CRITICAL_DOWN).checks).toEqual([]);
    expect(judge('startupz', 'ready', CRITICAL_DOWN).checks).toEqual([]);
  });
});

describe('judgeOne', () => {
  it.each([
    ['up', true],
    ['down', false],
    ['pending', false],
  ] as const)('tells of one check that it is %s, whatever the state', (state, passes) => {
    expect(judgeOne('readyz', 'draining', check('cache', false, state)).passed).toBe(passes);
  });
});
