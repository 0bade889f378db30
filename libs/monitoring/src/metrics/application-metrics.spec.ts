import { describe, expect, it } from '@jest/globals';
import { LauncherEvents, type LauncherState } from '@eggybyte/lifecycle';
import { Metrics } from '@eggybyte/observability';
import { addApplicationMetrics, addStartupMetrics } from './application-metrics.js';

const info = { service: 'shop', version: '1.2.3', environment: 'test' };

describe('addApplicationMetrics', () => {
  it('tells what runs here', async () => {
    const metrics = new Metrics();
    addApplicationMetrics(metrics, info, () => 'ready');
    expect(await metrics.registry.metrics()).toContain(
      `eggy_app_info{service="shop",version="1.2.3",environment="test",node="${process.version}"} 1`,
    );
  });

  it('sets exactly one state to 1', async () => {
    const metrics = new Metrics();
    let state: LauncherState = 'starting';
    addApplicationMetrics(metrics, info, () => state);
    for (state of ['starting', 'ready', 'draining', 'stopping', 'stopped', 'broken'] as const) {
      const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('eggy_app_state{'));
      expect(lines).toHaveLength(6);
      expect(lines.filter((line) => line.endsWith(' 1'))).toEqual([`eggy_app_state{state="${state}"} 1`]);
    }
  });
});

describe('addStartupMetrics', () => {
  it('tells the duration of each finished phase, also of those before it listened', async () => {
    const metrics = new Metrics();
    const events = new LauncherEvents();
    events.emit({ kind: 'phase.finished', phase: 'configuration', tookMs: 12 });
    const detach = addStartupMetrics(metrics, events);
    events.emit({ kind: 'phase.started', phase: 'logging' });
    events.emit({ kind: 'phase.finished', phase: 'logging', tookMs: 500 });
    events.emit({ kind: 'phase.failed', phase: 'start services', tookMs: 1, error: new Error('no') });
    detach();
    events.emit({ kind: 'phase.finished', phase: 'running', tookMs: 1 });
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('{phase='));
    expect(lines).toEqual([
      'eggy_startup_phase_seconds{phase="configuration"} 0.012',
      'eggy_startup_phase_seconds{phase="logging"} 0.5',
    ]);
  });
});
