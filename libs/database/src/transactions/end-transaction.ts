import { messageOf } from '@eggybyte/errors';
import type { QueryRunner } from 'typeorm';
import { hangUp } from '../connection/hang-up.js';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import { driverError } from '../driver-error.js';
import { hasCommittedNothing } from './rollback-cause.js';
import type { TransactionGuard } from './transaction-guard.js';
import { CommitUnknownError } from './transactions.errors.js';

/** @throws CommitUnknownError when the answer to COMMIT did not come. */
export async function commit(runner: QueryRunner, guard: TransactionGuard): Promise<void> {
  try {
    await runner.commitTransaction();
  } catch (error) {
    if (guard.isCommitted) tellSubscriber(runner, error, 'a commit');
    else if (!guard.isCommitSent || hasCommittedNothing(error)) throw error;
    else throw new CommitUnknownError(driverError(error).code ?? messageOf(error), error);
  }
}

/** Never throws: the error that led here is the one to tell. */
export async function rollBack(runner: QueryRunner, guard: TransactionGuard): Promise<void> {
  try {
    await runner.rollbackTransaction();
  } catch (error) {
    if (guard.isRolledBack) tellSubscriber(runner, error, 'a rollback');
    else discard(runner, error);
  }
}

/** Nobody knows what state the connection is in, so it must not go back to the pool. */
export function discard(runner: QueryRunner, reason: unknown): void {
  const { databaseConnection } = runner as { databaseConnection?: { destroy(): void } };
  if (databaseConnection) hangUp(databaseConnection, reason instanceof Error ? reason : new Error(messageOf(reason)));
}

/** It has failed after the fact, which its error would deny. */
export function tellSubscriber(runner: QueryRunner, error: unknown, what: string): void {
  const logger = loggerOf('Transactions', nameOfDataSource(runner.dataSource));
  logger.error({ err: error, msg: `a subscriber of TypeORM failed after ${what}` });
}
