import { EggyError } from '@eggybyte/errors';
import { databaseVariable, DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import type { PoolStatistics } from './pool-statistics.js';

/** No connection of the pool became free in time: `EGGY_DATABASE_ACQUIRE_TIMEOUT`. */
export class AcquireTimeoutError extends EggyError {
  constructor(
    timeoutMs: number,
    /** As it was when the time was over. */
    readonly pool: PoolStatistics,
    dataSource: string = DEFAULT_DATA_SOURCE,
  ) {
    super('EGGY_DATABASE_ACQUIRE_TIMEOUT', {
      what: `No connection of the database became free within ${timeoutMs} ms`,
      why: stateOf(pool),
      fix: `make queries and transactions shorter, release every query runner, or raise ${databaseVariable(dataSource, 'MAX_OPEN_CONNS')}`,
      status: 503,
    });
  }
}

/** All connections of the pool are in use, and no more requests may wait for one: `EGGY_DATABASE_SATURATED`. */
export class PoolSaturatedError extends EggyError {
  constructor(pool?: PoolStatistics, dataSource: string = DEFAULT_DATA_SOURCE) {
    super('EGGY_DATABASE_SATURATED', {
      what: 'No connection of the pool is free',
      why: pool && stateOf(pool),
      fix: `make queries and transactions shorter, or raise ${databaseVariable(dataSource, 'MAX_OPEN_CONNS')}`,
      status: 503,
    });
  }
}

/** A statement took too long: `EGGY_DATABASE_QUERY_TIMEOUT`. Whether it took effect is not known unless the server stopped it. */
export class QueryTimeoutError extends EggyError {
  /** @param cause the server's own error, when it has stopped the statement and the connection is still good */
  constructor(timeoutMs: number, cause?: unknown, dataSource: string = DEFAULT_DATA_SOURCE) {
    super('EGGY_DATABASE_QUERY_TIMEOUT', {
      what: `A statement took longer than ${timeoutMs} ms`,
      why: cause ? 'the server has stopped it' : 'the server did not answer, so the connection was closed',
      fix: `make it faster by an index or a smaller result, or raise ${databaseVariable(dataSource, 'QUERY_TIMEOUT')}`,
      status: 503,
      cause,
    });
  }
}

function stateOf({ limit, inUse, connecting, waiting }: PoolStatistics): string {
  return `of at most ${limit} connections ${inUse} are in use and ${connecting} are being opened, and ${waiting} more requests wait`;
}
