import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { type Metrics, suiteCounter, suiteGauge } from '@eggybyte/observability';

/** Above this a limit is none: without a container's, Linux tells a number close to 2^64. */
const MOST_MEMORY_BYTES = 2 ** 50;

/** What the event loop does, and what memory may grow to. */
export function addRuntimeMetrics(metrics: Metrics): void {
  const told = { active: 0, idle: 0 };
  suiteCounter(metrics, 'nodejs_eventloop_time_seconds_total', (counter) => {
    const now = performance.eventLoopUtilization();
    for (const state of ['active', 'idle'] as const) {
      counter.inc({ nodejs_eventloop_state: state }, Math.max(0, now[state] - told[state]) / 1000);
      told[state] = Math.max(told[state], now[state]);
    }
  });
  suiteGauge(metrics, 'eggy_memory_limit_bytes', (gauge) => {
    const { heapBytes, processBytes } = memoryLimits();
    gauge.set({ memory: 'heap' }, heapBytes);
    if (processBytes !== undefined) gauge.set({ memory: 'process' }, processBytes);
  });
}

/** What V8 lets its heap grow to, and what the container lets the process grow to, if anything limits it. */
export function memoryLimits(): { heapBytes: number; processBytes: number | undefined } {
  const limit = process.constrainedMemory();
  return {
    heapBytes: getHeapStatistics().heap_size_limit,
    processBytes: limit > 0 && limit < MOST_MEMORY_BYTES ? limit : undefined,
  };
}
