import { memoryLimits } from '../metrics/runtime-metrics.js';

/** The process: how long it has run, and what its memory may grow to. */
export interface ProcessReport {
  /** When the process began. */
  started_at: string;
  uptime_s: number;
  /** What V8 lets its heap grow to. */
  heap_limit_bytes: number;
  /** What the container lets the process grow to; null where nothing limits it. */
  memory_limit_bytes: number | null;
}

export function processReport(): ProcessReport {
  const { heapBytes, processBytes } = memoryLimits();
  return {
    started_at: new Date(performance.timeOrigin).toISOString(),
    uptime_s: Math.round(process.uptime()),
    heap_limit_bytes: heapBytes,
    memory_limit_bytes: processBytes ?? null,
  };
}
