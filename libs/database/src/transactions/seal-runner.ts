import type { QueryRunner } from 'typeorm';
import { TransactionEndedError } from '../database.errors.js';

const ENDS = new Set(['COMMIT', 'ROLLBACK']);

/**
 * Prepares a runner so that the returned function lets nothing through from then on but the end of its transaction.
 * A statement that comes later, of work that was not awaited, would be committed by itself: it is refused instead.
 */
export function sealable(runner: QueryRunner): () => void {
  let sealed = false;
  const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  const guarded = async (sql: string, ...rest: unknown[]): Promise<unknown> => {
    if (sealed && !ENDS.has(sql)) throw new TransactionEndedError();
    return query(sql, ...rest);
  };
  Object.assign(runner, { query: guarded });
  return () => {
    sealed = true;
  };
}
