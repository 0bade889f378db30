import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Metrics } from '@eggybyte/observability';
import { MetricReader } from './metric-reader.js';
import type { PoolSample, Sample } from './overview-report.js';
import { latency, NO_ROUTES, readRoutes, since, together } from './route-totals.js';
import { RouteWindow } from './route-window.js';

const EVERY_MS = 5000;
/** Those of 15 minutes. */
const MOST_SAMPLES = 180;
/** How often the event loop's delay is looked at; each look tells it with this on top. */
const LOOK_MS = 20;
const WARNING_LEVELS = new Set<unknown>(['warn', 'error', 'fatal']);
const READS = new Set<unknown>(['get', 'getMany']);

/** What has been counted until one moment. */
interface Counted {
  at: number;
  routes: ReturnType<typeof readRoutes>;
  warnings: number;
  hits: number;
  misses: number;
  operations: number;
  loop: ReturnType<typeof performance.eventLoopUtilization>;
}

/** Looks each 5 s at how the application is, and keeps the last 15 minutes. */
export class Sampler {
  readonly #reader: MetricReader;
  readonly #samples: Sample[] = [];
  readonly #window = new RouteWindow(performance.now());
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #before: Counted = {
    at: performance.now(),
    routes: NO_ROUTES,
    warnings: 0,
    hits: 0,
    misses: 0,
    operations: 0,
    loop: performance.eventLoopUtilization(),
  };

  constructor(metrics: Metrics) {
    this.#reader = new MetricReader(metrics);
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  get routes(): RouteWindow {
    return this.#window;
  }

  start(): void {
    if (this.#timer) return;
    this.#delay = monitorEventLoopDelay({ resolution: LOOK_MS });
    this.#delay.enable();
    this.#timer = setInterval(() => void this.sample(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay?.disable();
  }

  /** Takes one now. */
  async sample(): Promise<void> {
    const before = this.#before;
    const now = await this.#count();
    this.#before = now;
    this.#window.add(now.at, now.routes);
    const pools = await this.#pools();
    const activeRequests = await this.#reader.sum('http_server_active_requests');
    const seconds = Math.max(1, now.at - before.at) / 1000;
    const { requests, errors, counts } = together(since(before.routes, now.routes));
    const reads = now.hits - before.hits + now.misses - before.misses;
    const memory = process.memoryUsage();
    this.#samples.push({
      at_ms: Math.round(performance.timeOrigin + performance.now()),
      requests_per_second: rounded(requests / seconds),
      errors_per_second: rounded(errors / seconds),
      p50_ms: latency(counts, 0.5),
      p99_ms: latency(counts, 0.99),
      active_requests: activeRequests,
      loop_utilization: rounded(performance.eventLoopUtilization(now.loop, before.loop).utilization),
      loop_lag_ms: this.#takeLag(),
      rss_bytes: memory.rss,
      heap_used_bytes: memory.heapUsed,
      pools,
      cache_hit_ratio: reads > 0 ? rounded((now.hits - before.hits) / reads) : null,
      cache_operations_per_second: now.operations > 0 ? rounded((now.operations - before.operations) / seconds) : null,
      warnings: Math.max(0, now.warnings - before.warnings),
    });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  async #count(): Promise<Counted> {
    const counted = { warnings: 0, hits: 0, misses: 0, operations: 0 };
    counted.warnings = await this.#reader.sum('eggy_log_records_total', ({ level }) => WARNING_LEVELS.has(level));
    for (const { labels, value } of await this.#reader.readings('eggy_cache_operations_total')) {
      counted.operations += value;
      if (!READS.has(labels['operation'])) continue;
      if (labels['result'] === 'hit') counted.hits += value;
      else if (labels['result'] === 'miss') counted.misses += value;
    }
    const at = performance.now();
    return { ...counted, at, routes: readRoutes(this.#reader), loop: performance.eventLoopUtilization() };
  }

  async #pools(): Promise<Record<string, PoolSample>> {
    const pools: Record<string, PoolSample> = {};
    const nameOf = (labels: Readonly<Record<string, unknown>>): string =>
      String(labels['db_client_connection_pool_name']);
    const poolOf = (name: string): PoolSample => (pools[name] ??= { used: 0, idle: 0, waiting: 0, max: 0 });
    for (const { labels, value } of await this.#reader.readings('db_client_connection_max')) {
      poolOf(nameOf(labels)).max = value;
    }
    for (const { labels, value } of await this.#reader.readings('db_client_connections')) {
      poolOf(nameOf(labels))[labels['db_client_connection_state'] === 'used' ? 'used' : 'idle'] = value;
    }
    for (const { labels, value } of await this.#reader.readings('db_client_connection_pending_requests')) {
      poolOf(nameOf(labels)).waiting = value;
    }
    return pools;
  }

  /** The longest since it was taken last. */
  #takeLag(): number {
    const delay = this.#delay;
    if (!delay || delay.count === 0) return 0;
    const lag = Math.max(0, delay.max / 1e6 - LOOK_MS);
    delay.reset();
    return rounded(lag);
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
