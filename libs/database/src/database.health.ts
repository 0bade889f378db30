import { HealthChecker } from '@eggybyte/observability';
import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { DEFAULT_DATA_SOURCE, ofDataSource } from './data-source/data-source-name.js';
import { hangUp } from './connection/hang-up.js';
import { DataSourceNotOpenError } from './database.errors.js';
import { poolGuardOf } from './pool/pool-guard-of.js';
import { PoolSaturatedError } from './pool/pool.errors.js';

interface Request {
  /** All connections of the pool are in use. */
  queued: boolean;
  deliver: ((error: Error | null, connection: PoolConnection) => void) | undefined;
}

/**
 * Checks one database. It is up when a statement has worked since the check before, which costs nothing. Else
 * it is pinged through the pool, so that a pool without a free connection shows too; a connection outside of the pool
 * then tells whether the server is down or the pool is saturated. Whatever happens, a check holds at most one
 * connection or one place in the line; one that comes while an earlier one still waits for its connection takes that.
 */
@HealthChecker({ name: 'database' })
export class DatabaseHealthChecker implements HealthChecker {
  #request: Request | undefined;
  #query: Promise<unknown> | undefined;
  #lastCheck = Infinity;
  readonly name: string;

  constructor(
    private readonly dataSource: DataSource,
    readonly critical: boolean = true,
    private readonly sourceName: string = DEFAULT_DATA_SOURCE,
  ) {
    this.name = ofDataSource(sourceName, 'database');
  }

  async check(signal: AbortSignal): Promise<void> {
    if (!this.dataSource.isInitialized) throw new DataSourceNotOpenError();
    try {
      const guard = poolGuardOf(this.dataSource);
      if (!guard || guard.lastSuccess <= this.#lastCheck) await this.#ask(signal);
    } finally {
      this.#lastCheck = performance.now();
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { pool, databaseConnection, dummyTableName } = this.dataSource.driver as KnownDriver;
    if (pool) await this.#checkPool(pool, signal);
    else if (databaseConnection) databaseConnection.prepare('SELECT 1').all();
    else await this.#checkByQuery(dummyTableName ? `SELECT 1 FROM ${dummyTableName}` : 'SELECT 1', signal);
  }

  /** For any driver; a check that comes while the query of an earlier one still waits takes that. */
  async #checkByQuery(sql: string, signal: AbortSignal): Promise<void> {
    const query = (this.#query ??= this.dataSource.query(sql).finally(() => {
      this.#query = undefined;
    }));
    await untilAborted(query, signal);
  }

  async #checkPool(pool: Pool, signal: AbortSignal): Promise<void> {
    const connection = await this.#borrow(pool, signal);
    try {
      await ping(connection, signal);
      connection.release();
    } catch (error) {
      hangUp(connection, error as Error);
      throw error;
    }
  }

  #borrow(pool: Pool, signal: AbortSignal): Promise<PoolConnection> {
    const guard = poolGuardOf(this.dataSource);
    const request = (this.#request ??= this.#enter(pool));
    const { promise, resolve, reject } = Promise.withResolvers<PoolConnection>();
    const deliver: Request['deliver'] = (error, connection) => (error ? reject(error) : resolve(connection));
    // The server of a pool that is adopted is not known.
    let answers = guard === undefined;
    const giveUp = (): void => {
      if (request.deliver === deliver) request.deliver = undefined;
      reject(
        request.queued && answers
          ? new PoolSaturatedError(guard?.statistics, this.sourceName)
          : (signal.reason as Error),
      );
    };
    signal.addEventListener('abort', giveUp, { once: true });
    request.deliver = deliver;
    if (guard && request.queued) {
      guard.askServer(signal).then(() => (answers = true), reject);
    }
    return promise.finally(() => signal.removeEventListener('abort', giveUp));
  }

  #enter(pool: Pool): Request {
    const request: Request = { queued: false, deliver: undefined };
    const onEnqueue = (): void => {
      request.queued = true;
    };
    pool.once('enqueue', onEnqueue);
    pool.getConnection((error, connection) => {
      // Later, as the pool may answer at once, before anybody is there to take it.
      queueMicrotask(() => {
        this.#request = undefined;
        if (request.deliver) request.deliver(error, connection);
        // Everybody has given up: straight back.
        else if (!error) connection.release();
      });
    });
    pool.off('enqueue', onEnqueue);
    return request;
  }
}

/** What is asked of TypeORM's drivers: mysql2's pool, the connection of an embedded database, `DUAL` of Oracle. */
interface KnownDriver {
  pool?: Pool;
  databaseConnection?: { prepare(sql: string): { all(): unknown } };
  dummyTableName?: string;
}

function ping(connection: PoolConnection, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.ping((error) => (error ? reject(error) : resolve()));
  return untilAborted(promise, signal);
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  // The event of one that has aborted before does not come again.
  if (signal.aborted) giveUp();
  try {
    await Promise.race([given, work]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
