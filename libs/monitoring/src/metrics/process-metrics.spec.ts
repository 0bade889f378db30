import { describe, expect, it } from '@jest/globals';
import { Metrics } from '@eggybyte/observability';
import { GcMetrics } from './gc-metrics.js';
import { addProcessMetrics } from './process-metrics.js';

describe('addProcessMetrics', () => {
  it('tells process, runtime and event loop in the registry of every application', async () => {
    for (const metrics of [new Metrics(), new Metrics()]) {
      addProcessMetrics(metrics.registry);
      const text = await metrics.registry.metrics();
      for (const name of [
        'process_cpu_seconds_total',
        'nodejs_heap_size_used_bytes',
        'nodejs_eventloop_lag_p99_seconds',
      ]) {
        expect(text).toContain(`# TYPE ${name} `);
      }
    }
  });

  it('can be added twice, and keeps what is there', () => {
    const metrics = new Metrics();
    const own = metrics.gauge('process_open_fds', 'Own.');
    addProcessMetrics(metrics.registry);
    addProcessMetrics(metrics.registry);
    expect(metrics.registry.getSingleMetric('process_open_fds')).toBe(own);
  });
});

describe('GcMetrics', () => {
  it('starts and stops once, and adds up under the usual name', async () => {
    const metrics = new Metrics();
    const gc = new GcMetrics(metrics);
    gc.start();
    gc.start();
    gc.stop();
    gc.stop();
    expect(await metrics.registry.metrics()).toContain('# TYPE nodejs_gc_duration_seconds histogram');
  });
});
