import type { Tracer } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import type { Operations } from './operations.js';

/**
 * Makes a span of each statement that runs inside of a trace, from now on. Does nothing for a data source that is not
 * the suite's own. A span has the statement's fingerprint, and never a value.
 */
export function traceDatabase(dataSource: DataSource, tracer: Tracer): void {
  const { operations } = dataSource as { operations?: Operations };
  operations?.trace(tracer);
}
