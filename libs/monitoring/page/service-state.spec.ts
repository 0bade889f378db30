import { describe, expect, it } from '@jest/globals';
import type { OverviewEvent, OverviewReport, Sample } from '../src/overview/overview-report.js';
import { ServiceState } from './service-state.js';

const sample = (at: number): Sample => ({ at_ms: at }) as Sample;
const rest = { at: new Date().toISOString(), checks: [] } as unknown as OverviewReport;
const whole = (...samples: Sample[]): OverviewEvent => ({ kind: 'overview', overview: { ...rest, samples } });
const update = (...samples: Sample[]): OverviewEvent => ({ kind: 'update', overview: rest, samples });
const times = (state: ServiceState): number[] => state.report?.samples.map(({ at_ms }) => at_ms) ?? [];

describe(ServiceState, () => {
  it('adds what is new to what it knows, each sample once', () => {
    const state = new ServiceState();
    state.take(whole(sample(1), sample(2)));
    expect(state.take(update(sample(2), sample(3))).map(({ at_ms }) => at_ms)).toEqual([3]);
    expect(times(state)).toEqual([1, 2, 3]);
  });

  it('keeps 15 minutes and no more, however long it goes on', () => {
    const state = new ServiceState();
    state.take(whole(sample(0)));
    for (let at = 1; at <= 500; at++) state.take(update(sample(at)));
    expect(times(state)).toHaveLength(180);
    expect(times(state).at(-1)).toBe(500);
  });

  it('begins anew with another process', () => {
    const state = new ServiceState();
    state.take(whole(sample(5), sample(6)));
    state.take(whole(sample(1)));
    expect(times(state)).toEqual([1]);
  });

  it('knows nothing of updates before it knows the whole', () => {
    const state = new ServiceState();
    expect(state.take(update(sample(1)))).toEqual([]);
    expect(state.report).toBeUndefined();
  });

  it('counts time by the clock of the server', () => {
    const state = new ServiceState();
    const ahead = new Date(Date.now() + 3_600_000).toISOString();
    state.take({ kind: 'overview', overview: { ...rest, at: ahead, samples: [] } });
    expect(Math.round((state.now() - Date.now()) / 60_000)).toBe(60);
  });
});
