import type { Operations } from './operations.js';

/** Tells of a statement when it has ended, and returns what it returned. */
export async function measured<T>(operations: Operations, sql: string, run: () => Promise<T>): Promise<T> {
  const operation = operations.begin(sql);
  try {
    const result = await run();
    operation.end(undefined, Array.isArray(result) ? result.length : undefined);
    return result;
  } catch (error) {
    operation.end(error ?? new Error('unknown'));
    throw error;
  }
}
