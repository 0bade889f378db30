import type { QueryRunner } from 'typeorm';
import { TransactionEndedError } from '../database.errors.js';

/**
 * What work gets that outlives its transaction: a runner like that of the transaction which refuses everything. It
 * rejects where TypeORM expects a promise; an error at the moment of asking for a runner would be thrown instead.
 */
export function endedRunner(runner: QueryRunner): QueryRunner {
  const refuse = (): Promise<never> => Promise.reject(new TransactionEndedError());
  const ended = Object.create(runner) as QueryRunner;
  return Object.assign(ended, {
    connect: refuse,
    query: refuse,
    stream: refuse,
    startTransaction: refuse,
    release: () => Promise.resolve(),
    isReleased: false,
    // Of the embedded database's runner.
    lend: () => ended,
  });
}
