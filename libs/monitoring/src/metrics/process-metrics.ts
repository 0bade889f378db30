import { collectDefaultMetrics, Gauge, Registry } from '@eggybyte/observability';
import { EventLoopLag, type LagReading } from './event-loop-lag.js';
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

/** prom-client's histogram of the event loop cannot be left out: it looks once a day instead, and is not told. */
const HARDLY_EVER_MS = 86_400_000;

const LAG_PARTS = {
  min: 'at least',
  max: 'at most',
  mean: 'on average',
  stddev: 'standard deviation',
  p50: '50th percentile',
  p90: '90th percentile',
  p99: '99th percentile',
} satisfies Record<keyof LagReading, string>;

/**
 * Adds prom-client's metrics of process, runtime and event loop. They are made once and registered with every
 * application: collectDefaultMetrics() starts an observer and a sampling histogram that nothing can stop, and what
 * they tell is the process' anyway.
 */
export function addProcessMetrics(registry: Registry): void {
  if (!shared) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: HARDLY_EVER_MS });
    replaceLag(shared);
  }
  for (const { name } of shared.getMetricsAsArray()) {
    const metric = shared.getSingleMetric(name);
    if (metric && !LEFT_OUT.has(name) && !registry.getSingleMetric(name)) registry.registerMetric(metric);
  }
}

/** By those that no scrape takes from another one: prom-client's begin anew with each, and tell a void as 9223372036 s. */
function replaceLag(registry: Registry): void {
  const lag = new EventLoopLag();
  for (const part of Object.keys(LAG_PARTS) as (keyof LagReading)[]) {
    const name = `nodejs_eventloop_lag_${part}_seconds`;
    registry.removeSingleMetric(name);
    const gauge: Gauge = new Gauge({
      name,
      help: `How late timers ran in the last one to two minutes, ${LAG_PARTS[part]}.`,
      registers: [registry],
      collect: () => gauge.set(lag.read()[part]),
    });
  }
}
