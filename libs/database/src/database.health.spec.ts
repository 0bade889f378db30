import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
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
