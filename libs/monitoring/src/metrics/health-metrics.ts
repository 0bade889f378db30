import { type Metrics, suiteCounter, suiteGauge } from '@eggybyte/observability';
import type { HealthRegistry } from '../health/health-registry.js';

/** The `eggy_health_check_*` metrics of a registry. The result ends it. */
export function addHealthMetrics(metrics: Metrics, health: HealthRegistry): () => void {
  suiteGauge(metrics, 'eggy_health_check_up', (gauge) => {
    for (const { name, critical, state } of health.checks) {
      if (state !== 'pending') gauge.set({ check: name, critical: String(critical) }, state === 'up' ? 1 : 0);
    }
  });
  const duration = suiteGauge(metrics, 'eggy_health_check_duration_seconds');
  const failures = suiteCounter(metrics, 'eggy_health_check_failures_total');
  return health.onEvent((event) => {
    if (event.kind !== 'check.ran') return;
    duration.set({ check: event.name }, event.tookMs / 1000);
    if (event.reason) failures.inc({ check: event.name, reason: event.reason });
  });
}
