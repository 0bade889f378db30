import { Logger } from '@nestjs/common';
import { Metrics, requestContext, runInContext } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase, type OpenDatabaseOptions } from '../open-database.js';
import { measureDatabase } from './database-metrics.js';
import { Operations } from './operations.js';
import { SlowLog } from './slow-log.js';

const open: DataSource[] = [];
const opened = async (options: Partial<OpenDatabaseOptions> = {}): Promise<DataSource> => {
  const dataSource = await openDatabase({ dsn: 'sqlite::memory:', ...options });
  open.push(dataSource);
  return dataSource;
};
afterEach(async () => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
});

/** Takes a while on SQLite. */
const SLOW =
  'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT SUM(i) AS total FROM n';

describe('measureDatabase', () => {
  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
  });

  it('distributes the durations of operations by what they do and how they fail', async () => {
    const metrics = new Metrics();
    const dataSource = await opened();
    measureDatabase(dataSource, metrics);
    await dataSource.query('CREATE TABLE t (n INT PRIMARY KEY)');
    await dataSource.transaction((manager) => manager.query('INSERT INTO t VALUES (?), (?)', [1, 2]));
    await expect(dataSource.query('INSERT INTO t VALUES (1)')).rejects.toThrow(/UNIQUE/);
    await expect(dataSource.query('SELECT * FROM "Xq7zK9"')).rejects.toThrow(/no such table/);

    const text = await metrics.registry.metrics();
    const count = (operation: string, error: string): string =>
      `db_client_operation_duration_seconds_count{db_system_name="sqlite",data_source="default",db_operation_name="${operation}",error_type="${error}"}`;
    for (const operation of ['CREATE', 'BEGIN', 'INSERT', 'COMMIT'])
      expect(text).toContain(`${count(operation, '')} 1\n`);
    expect(text).toContain(`${count('INSERT', 'SQLITE_CONSTRAINT')} 1\n`);
    expect(text).not.toContain('Xq7zK9');
  });

  it('makes no series of errors without end', async () => {
    const metrics = new Metrics();
    const operations = new Operations('mysql');
    measureDatabase({ operations, options: {} } as unknown as DataSource, metrics);
    for (let n = 0; n < 1000; n++) {
      const error = Object.assign(new Error('no'), { code: n % 2 ? `ER_${n}` : 'not a code' });
      operations.ended({ sql: 'SELECT 1', durationMs: 1, error, rows: undefined, context: undefined });
    }

    expect((await metrics.registry.metrics()).match(/duration_seconds_count/g)?.length).toBeLessThanOrEqual(42);
  });
});

describe('the slow log', () => {
  let warn: jest.SpiedFunction<Logger['warn']>;
  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });

  it('tells of a slow statement once, what it does and how long it took, and no value', async () => {
    const dataSource = await opened({ slowQuery: 1 });
    await dataSource.query(`${SLOW} WHERE i > ? AND 'Xq7zK9' = ?`, [7, 'Xq7zK9']);

    expect(warn.mock.calls).toEqual([
      [
        {
          msg: 'slow query',
          duration_ms: expect.any(Number),
          operation: 'WITH',
          statement: `${SLOW.replace('VALUES(1)', 'VALUES(?)').replace('i + 1', 'i + ?').replace('30000', '?')} WHERE i > ? AND ? = ?`,
          rows: 1,
        },
      ],
    ]);
  });

  it('asks for its threshold each time, and 0 is never', async () => {
    let threshold: number | '0.1ms' = 0;
    const dataSource = await opened({ slowQuery: () => threshold });
    await dataSource.query(SLOW);
    expect(warn).not.toHaveBeenCalled();
    threshold = '0.1ms';
    await dataSource.query(SLOW);
    expect(warn).toHaveBeenCalledTimes(1);
    threshold = 'nonsense' as '0.1ms';
    await dataSource.query(SLOW);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('writes in the context of the request, and of none outside of one', () => {
    const ids: (string | undefined)[] = [];
    warn.mockImplementation(() => void ids.push(requestContext()?.requestId));
    const operations = new Operations('mysql');
    new SlowLog(operations, '1ms').begin();
    const operation = { sql: 'SELECT 1', durationMs: 5, error: undefined, rows: 1 };
    const context = runInContext({ 'x-request-id': 'first' }, requestContext);
    runInContext({ 'x-request-id': 'another' }, () => {
      operations.ended({ ...operation, context });
      operations.ended({ ...operation, context: undefined });
    });

    expect(ids).toEqual(['first', undefined]);
  });

  it('tells a few alike in a second and counts the rest', () => {
    jest.useFakeTimers();
    const operations = new Operations('mysql');
    new SlowLog(operations, '1ms').begin();
    const tell = (sql: string): void =>
      operations.ended({ sql, durationMs: 5, error: new Error('no'), rows: undefined, context: undefined });
    for (let n = 0; n < 50; n++) tell(`SELECT ${n}`);
    tell('SELECT a FROM b');
    expect(warn).toHaveBeenCalledTimes(4);
    jest.advanceTimersByTime(1000);
    expect(warn.mock.lastCall).toEqual([{ msg: 'more slow queries like those before', count: 47 }]);

    for (let n = 0; n < 50; n++) tell(`SELECT a${n}x`);
    expect(warn).toHaveBeenCalledTimes(5 + 20);
    jest.advanceTimersByTime(1000);
    expect(warn.mock.lastCall).toEqual([{ msg: 'more slow queries like those before', count: 30 }]);
    jest.advanceTimersByTime(60_000);
    expect(warn).toHaveBeenCalledTimes(26);
  });
});

describe('the hints for development', () => {
  const ask = (dataSource: DataSource, times: number, id: string) =>
    runInContext({ 'x-request-id': id }, async () => {
      for (let n = 0; n < times; n++) await dataSource.query(`SELECT ${n} AS n`);
    });

  it('tell once of a request that sends one statement many times, and of no other', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const dataSource = await opened({ developmentHints: true });
    for (let n = 0; n < 4; n++) await ask(dataSource, 5, `few-${n}`);
    expect(warn).not.toHaveBeenCalled();
    for (let n = 0; n < 4; n++) await ask(dataSource, 12, `many-${n}`);

    expect(warn.mock.calls).toEqual([
      [{ msg: expect.stringContaining('the same statement 10 times'), statement: 'SELECT ? AS n' }],
    ]);
  });

  it('are not given unless they are asked for', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await ask(await opened(), 50, 'many');

    expect(warn).not.toHaveBeenCalled();
  });
});

describe('the log of TypeORM', () => {
  it('goes to the logger of Nest, without a value', async () => {
    const debug = jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const dataSource = await opened();
    await dataSource.query("SELECT 'Xq7zK9' FROM nowhere WHERE n = ?", ['Xq7zK9']).catch(() => undefined);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    dataSource.logger.log('warn', 'careful');

    expect(warn).toHaveBeenCalledWith('careful');
    expect(debug.mock.calls).toContainEqual([
      { msg: 'statement failed', statement: 'SELECT ? FROM nowhere WHERE n = ?', error_code: 'SQLITE_ERROR' },
    ]);
    expect(JSON.stringify(debug.mock.calls)).not.toContain('Xq7zK9');
  });
});
