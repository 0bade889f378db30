import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Metrics } from '@eggybyte/observability';
import { HealthRegistry } from '../health/health-registry.js';
import { addHealthMetrics } from './health-metrics.js';

beforeAll(() => Logger.overrideLogger(false));

describe('addHealthMetrics', () => {
  it('tells state, duration and failures of each check', async () => {
    const metrics = new Metrics();
    const health = new HealthRegistry({ interval: '1h' });
    health.add({ name: 'cache' }, { check: async () => undefined });
    health.add({ name: 'database' }, { check: () => Promise.reject(new Error('no')) });
    addHealthMetrics(metrics, health);
    expect(await metrics.registry.metrics()).not.toContain('{check=');
    health.start();
    await health.firstResults();
    const text = await metrics.registry.metrics();
    health.stop();
    expect(text).toContain('eggy_health_check_up{check="cache",critical="true"} 1\n');
    expect(text).toContain('eggy_health_check_up{check="database",critical="true"} 0\n');
    expect(text).toMatch(/^eggy_health_check_duration_seconds\{check="cache"\} [\d.e-]+$/m);
    expect(text).toContain('eggy_health_check_failures_total{check="database",reason="failed"} 2\n');
    expect(text).not.toContain('failures_total{check="cache"');
  });
});
