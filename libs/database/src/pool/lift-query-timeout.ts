import type { PoolConnection } from 'mysql2';
import type { QueryRunner } from 'typeorm';
import { poolGuardOf } from './pool-guard-of.js';

/**
 * Lets the statements of a query runner take as long as they take, on this side and on the server, until it is
 * released: for reports, backfills, changes of the schema. Its connection is closed then. Does nothing on a database
 * that has no query timeout.
 */
export async function liftQueryTimeout(runner: QueryRunner): Promise<void> {
  const connection = (await runner.connect()) as PoolConnection;
  poolGuardOf(runner.dataSource)?.exempt(connection);
}
