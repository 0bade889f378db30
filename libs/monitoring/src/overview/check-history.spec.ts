import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LauncherEvents, type LauncherState } from '@eggybyte/lifecycle';
import { HealthRegistry } from '../health/health-registry.js';
import { CheckHistory } from './check-history.js';

let state: LauncherState;
let health: HealthRegistry;
let fails: Error | undefined;
beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  state = 'starting';
  fails = undefined;
  health = new HealthRegistry({ interval: '1s' });
  health.add({ name: 'database' }, { check: async () => (fails ? Promise.reject(fails) : undefined) });
});
afterEach(() => {
  health.stop();
  jest.useRealTimers();
});

const historyOf = (events?: LauncherEvents): CheckHistory => new CheckHistory(health, () => state, events);

describe('CheckHistory', () => {
  it('tells a check that has not run yet', () => {
    expect(historyOf().checks).toEqual([{ name: 'database', critical: true, state: 'pending', runs: [] }]);
  });

  it('keeps the last 60 runs of a check, and since when it is as it is', async () => {
    const history = historyOf();
    health.start();
    await jest.advanceTimersByTimeAsync(100_500);
    fails = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    await jest.advanceTimersByTimeAsync(1000);

    const [check] = history.checks;
    expect(check).toMatchObject({ state: 'down', reason: 'refused', since: '2026-01-01T00:01:41.000Z' });
    expect(check?.runs).toHaveLength(60);
    expect(check?.runs[0]).toEqual({ at: expect.any(String), took_ms: expect.any(Number) });
    // A failure is repeated at once.
    expect(check?.runs.slice(-2).map(({ reason }) => reason)).toEqual(['refused', 'refused']);
  });

  it('tells what has changed, the latest first', async () => {
    const history = historyOf();
    health.start();
    await jest.advanceTimersByTimeAsync(10);
    state = 'ready';
    history.look();
    fails = new Error('no');
    await jest.advanceTimersByTimeAsync(1000);
    fails = undefined;
    await jest.advanceTimersByTimeAsync(1000);

    expect(history.changes.map(({ of, name, from, to, reason }) => [of, name, from, to, reason])).toEqual([
      ['check', 'database', 'down', 'up', undefined],
      ['check', 'database', 'up', 'down', 'failed'],
      ['application', undefined, 'starting', 'ready', undefined],
      ['check', 'database', 'pending', 'up', undefined],
    ]);
  });

  it('knows by events when a state came, and notes each state once', async () => {
    const events = new LauncherEvents();
    const history = historyOf(events);
    state = 'ready';
    events.emit({ kind: 'state.changed', from: 'starting', to: 'ready' });
    history.look();

    expect(history.changes).toEqual([{ at: expect.any(String), of: 'application', from: 'starting', to: 'ready' }]);
  });

  it('keeps the last 100 changes', () => {
    const history = historyOf();
    for (let n = 0; n < 150; n++) {
      state = n % 2 === 0 ? 'broken' : 'ready';
      history.look();
    }
    expect(history.changes).toHaveLength(100);
    expect(history.changes[0]).toMatchObject({ from: 'broken', to: 'ready' });
  });
});
