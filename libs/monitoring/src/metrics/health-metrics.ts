import type { Metrics } from '@eggybyte/observability';
import type { HealthRegistry } from '../health/health-registry.js';

/** The `eggy_health_check_*` metrics of a registry. The result ends it. */
export function addHealthMetrics(metrics: Metrics, health: HealthRegistry): () => void {
  metrics.gauge('eggy_health_check_up', '1 while the check is up, 0 while it is down.', ['check'], (gauge) => {
    for (const { name, state } of health.checks) {
      if (state !== 'pending') gauge.set({ check: name }, state === 'up' ? 1 : 0);
    }
  });
  const duration = metrics.gauge('eggy_health_check_duration_seconds', 'Duration of the last run of the check.', [
    'check',
  ]);
  const failures = metrics.counter('eggy_health_check_failures_total', 'Failed runs of the check by class.', [
    'check',
    'reason',
  ]);
  return health.onEvent((event) => {
    if (event.kind !== 'check.ran') return;
    duration.set({ check: event.name }, event.tookMs / 1000);
    if (event.reason) failures.inc({ check: event.name, reason: event.reason });
  });
}
