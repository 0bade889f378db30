import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm';
import type { TransactionScope } from '../transactions/transaction-scope.js';

/**
 * The data source as a query builder gets it that is made outside of a transaction. A builder without a query runner
 * asks its data source for one when it is executed, and gives that back afterwards: inside of a transaction it is lent
 * the runner of that. A query runner that somebody else creates inside is one of its own, as ever.
 */
export function withLateRunner(dataSource: DataSource, scope: TransactionScope): DataSource {
  const createQueryRunner = (mode?: ReplicationMode): QueryRunner =>
    scope.runner ? lent(scope.runner) : dataSource.createQueryRunner(mode);
  return Object.create(dataSource, { createQueryRunner: { value: createQueryRunner } }) as DataSource;
}

/** It goes back to the pool at the end of its transaction, whoever is done with it before. */
function lent(runner: QueryRunner): QueryRunner {
  return Object.create(runner, { release: { value: () => Promise.resolve() } }) as QueryRunner;
}
