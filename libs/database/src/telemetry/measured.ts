import { requestContext } from '@eggybyte/observability';
import type { Operations } from './operations.js';

/** Tells of a statement when it has ended, and returns what it returned. */
export async function measured<T>(operations: Operations, sql: string, run: () => Promise<T>): Promise<T> {
  const context = requestContext();
  const began = performance.now();
  const end = (error: unknown, rows: number | undefined): void => {
    operations.ended({ sql, durationMs: performance.now() - began, error, rows, context });
  };
  try {
    const result = await run();
    end(undefined, Array.isArray(result) ? result.length : undefined);
    return result;
  } catch (error) {
    end(error ?? new Error('unknown'), undefined);
    throw error;
  }
}
