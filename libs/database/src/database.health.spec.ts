import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { DatabaseHealthChecker } from './database.health.js';
import { openDatabase } from './open-database.js';

const signal = new AbortController().signal;

describe('DatabaseHealthChecker of the embedded database', () => {
  let dataSource: DataSource;
  beforeEach(async () => {
    dataSource = await openDatabase({ dsn: 'sqlite::memory:' });
  });
  afterEach(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });

  it('passes, also while a transaction is open', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();

    await expect(new DatabaseHealthChecker(dataSource).check(signal)).resolves.toBeUndefined();
    await runner.release();
  });

  it('fails when the file is closed', async () => {
    await dataSource.destroy();

    await expect(new DatabaseHealthChecker(dataSource).check(signal)).rejects.toThrow(/not open/);
  });

  it('is critical unless it is told otherwise', () => {
    expect(new DatabaseHealthChecker(dataSource).critical).toBe(true);
    expect(new DatabaseHealthChecker(dataSource, false).critical).toBe(false);
  });
});

/** Of another kind, so that only TypeORM's own query is left to check it by; it answers when it is told to. */
class ForeignDataSource extends DataSource {
  override readonly isInitialized = true;
  readonly queries: string[] = [];
  answers = Promise.withResolvers<never[]>();

  constructor() {
    super({ type: 'postgres', driver: {} });
  }

  override query<T>(sql: string): Promise<T> {
    this.queries.push(sql);
    return this.answers.promise as Promise<T>;
  }
}

describe('DatabaseHealthChecker of any other data source', () => {
  it('gives up at its deadline, and the next check takes the query that still waits', async () => {
    const foreign = new ForeignDataSource();
    const health = new DatabaseHealthChecker(foreign);
    const late = new Error('too late');
    await expect(health.check(AbortSignal.abort(late))).rejects.toBe(late);
    const controller = new AbortController();
    const check = health.check(controller.signal);
    controller.abort(late);
    await expect(check).rejects.toBe(late);
    expect(foreign.queries).toEqual(['SELECT 1']);

    const next = health.check(signal);
    foreign.answers.resolve([]);
    await next;
    expect(foreign.queries).toHaveLength(1);
    await health.check(signal);
    expect(foreign.queries).toHaveLength(2);
  });

  it('fails with the error of the query', async () => {
    const foreign = new ForeignDataSource();
    foreign.answers.reject(new Error('gone'));
    await expect(new DatabaseHealthChecker(foreign).check(signal)).rejects.toThrow('gone');
  });
});
