import { setTimeout as sleep } from 'node:timers/promises';
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

  it('tells the same lag of the event loop to scrapes one after the other, and never what cannot be', async () => {
    const registries = [new Metrics(), new Metrics()].map(({ registry }) => registry);
    for (const registry of registries) addProcessMetrics(registry);
    await sleep(12);
    const until = performance.now() + 25;
    while (performance.now() < until);
    await sleep(1);
    const lags: Record<string, number>[] = [];
    for (const registry of [...registries, ...registries]) {
      const lines = (await registry.metrics()).matchAll(/^nodejs_eventloop_lag_(\w+)_seconds (.*)$/gm);
      lags.push(Object.fromEntries([...lines].map(([, part, value]) => [part, Number(value)])));
    }
    for (const lag of lags) {
      expect(Object.keys(lag).toSorted()).toEqual(['max', 'mean', 'min', 'p50', 'p90', 'p99', 'stddev']);
      expect(lag['max']).toBeGreaterThan(0.02);
      expect(lag['max']).toBeLessThan(10);
      expect(lag['min']).toBeLessThanOrEqual(lag['mean'] as number);
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
