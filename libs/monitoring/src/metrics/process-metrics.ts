import { collectDefaultMetrics, Registry } from '@eggybyte/observability';
import { GC_DURATION } from './gc-metrics.js';

let shared: Registry | undefined;

/**
 * Left out: the garbage collection, see GcMetrics, and gauges that are named as counters are, which Prometheus' own
 * check of names refuses; `nodejs_active_resources` tells the same by type.
 */
const LEFT_OUT = new Set([
  GC_DURATION,
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]);

/**
 * Adds prom-client's metrics of process, runtime and event loop. They are made once and registered with every
 * application: collectDefaultMetrics() starts an observer and a sampling histogram that nothing can stop, and what
 * they tell is the process' anyway.
 */
export function addProcessMetrics(registry: Registry): void {
  if (!shared) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  for (const { name } of shared.getMetricsAsArray()) {
    const metric = shared.getSingleMetric(name);
    if (metric && !LEFT_OUT.has(name) && !registry.getSingleMetric(name)) registry.registerMetric(metric);
  }
}
