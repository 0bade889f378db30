import { collectDefaultMetrics, Registry } from '@eggybyte/observability';
import { GC_DURATION } from './gc-metrics.js';

let shared: Registry | undefined;

/**
 * Adds prom-client's metrics of process, runtime and event loop. They are made once and registered with every
 * application: collectDefaultMetrics() starts an observer and a sampling histogram that nothing can stop, and what
 * they tell is the process' anyway. Its garbage collection metric is left out, see GcMetrics.
 */
export function addProcessMetrics(registry: Registry): void {
  if (!shared) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  for (const { name } of shared.getMetricsAsArray()) {
    const metric = shared.getSingleMetric(name);
    if (metric && name !== GC_DURATION && !registry.getSingleMetric(name)) registry.registerMetric(metric);
  }
}
