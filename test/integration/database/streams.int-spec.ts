import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { measureDatabase, openDatabase, traceDatabase } from '@eggybyte/database';
import {
  enterTrace,
  Metrics,
  runInContext,
  type Span,
  type SpanEnd,
  type SpanOptions,
  type TraceContext,
  Tracer,
} from '@eggybyte/observability';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { databaseName } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

const TRACE: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' };

/** Keeps what it is told at the end of each span. */
class Notebook extends Tracer {
  readonly spans: SpanEnd[] = [];

  override startSpan(name: string, options: SpanOptions = {}): Span {
    const end = (told: SpanEnd = {}): void => void this.spans.push({ name, ...options, ...told });
    return { trace: TRACE, isRecorded: true, end };
  }

  override startEntry(): Span {
    throw new Error('nothing begins a trace here');
  }
}

describe(`streams of ${databaseName}`, () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;
  let metrics: Metrics;
  let tracer: Notebook;
  let warn: jest.SpiedFunction<Logger['warn']>;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDatabase('streams');
    await database.query('CREATE TABLE t (n INT PRIMARY KEY, s VARCHAR(200))');
    await database.query('INSERT INTO t VALUES ?', [Array.from({ length: 5000 }, (_, n) => [n, 'x'.repeat(200)])]);
  });
  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 2, slowQuery: '1ms' });
    runner = dataSource.createQueryRunner();
    await runner.connect();
    metrics = new Metrics();
    tracer = new Notebook();
    measureDatabase(dataSource, metrics);
    traceDatabase(dataSource, tracer);
    warn.mockClear();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await runner.release();
    await dataSource.destroy();
  });
  afterAll(() => database.drop());

  const stream = (sql: string, parameters: unknown[] = [], onError?: (error: Error) => void) =>
    runInContext({}, () => enterTrace(TRACE, () => runner.stream(sql, parameters, undefined, onError)));
  const connection = async (): Promise<PoolConnection> => (await runner.connect()) as PoolConnection;
  const ended = async (): Promise<SpanEnd> => {
    await waitUntil(() => tracer.spans.length > 0, { what: 'the span' });
    // Whatever would end it again has had its time.
    await dataSource.query('SELECT 1');
    expect(tracer.spans).toHaveLength(1);
    return tracer.spans[0] as SpanEnd;
  };
  const counted = async (error: string): Promise<number> => {
    const series = new RegExp(`_count\\{[^}]*db_operation_name="SELECT",error_type="${error}"\\} (\\d+)`);
    return Number(series.exec(await metrics.registry.metrics())?.[1] ?? 0);
  };

  it('are one span, one measurement and one slow statement each, with their rows and without a value', async () => {
    let rows = 0;
    for await (const _ of await stream("SELECT n, 'Xq7zK9' FROM t WHERE s <> ?", ['Xq7zK9'])) rows++;

    expect(rows).toBe(5000);
    expect(await ended()).toMatchObject({
      name: 'SELECT t',
      attributes: { 'db.query.text': 'SELECT n, ? FROM t WHERE s <> ?', 'db.response.returned_rows': 5000 },
      error: undefined,
    });
    // The one to wait is the second.
    expect(await counted('')).toBe(2);
    expect(warn.mock.calls[0]).toEqual([
      expect.objectContaining({ msg: 'slow query', statement: 'SELECT n, ? FROM t WHERE s <> ?', rows: 5000 }),
    ]);
    expect(JSON.stringify([warn.mock.calls, tracer.spans])).not.toContain('Xq7zK9');
  });

  it('that fail end with the error that their reader gets, without a value', async () => {
    const told: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const _ of await stream("SELECT nope, 'Xq7zK9' FROM t", [], (error) => void told.push(error)));
    };
    await expect(read()).rejects.toMatchObject({ code: 'ER_BAD_FIELD_ERROR', sql: 'SELECT nope, ? FROM t' });

    expect(told).toHaveLength(1);
    expect(await ended()).toMatchObject({ error: 'ER_BAD_FIELD_ERROR' });
    expect(await counted('ER_BAD_FIELD_ERROR')).toBe(1);
  });

  it('that their reader leaves end when the last row has come', async () => {
    for await (const _ of await stream('SELECT n, s FROM t')) break;

    expect(await ended()).toMatchObject({ error: undefined, attributes: { 'db.response.returned_rows': 5000 } });
    expect(await runner.query('SELECT COUNT(*) AS n FROM t')).toEqual([{ n: '5000' }]);
  });

  it('end with their connection, whoever ends it', async () => {
    const { threadId } = await connection();
    const lost = await stream('SELECT n, SLEEP(0.1) FROM t');
    lost.on('error', () => undefined).resume();
    await database.query(`KILL ${threadId}`);
    await waitUntil(() => tracer.spans.length === 1, { what: 'the span of the killed one' });
    expect(tracer.spans[0]?.error).toMatch(/^(PROTOCOL_CONNECTION_LOST|ER_CONNECTION_KILLED|ECONNRESET)$/);
  });

  it('end when their connection is destroyed, also if nobody reads them', async () => {
    const unread = await stream('SELECT n, s FROM t');
    unread.on('error', () => undefined);
    await once(unread, 'readable');
    (await connection()).destroy();

    expect(await ended()).toMatchObject({ error: 'PROTOCOL_CONNECTION_LOST' });
  });

  it('of statements that change tell what they have changed', async () => {
    for await (const _ of await stream('UPDATE t SET s = ? WHERE n < 3 AND SLEEP(0.005) = 0', ['y']));

    expect(await ended()).toMatchObject({ name: 'UPDATE t', error: undefined });
    expect(warn.mock.calls[0]).toEqual([expect.objectContaining({ operation: 'UPDATE', rows: 3 })]);
  });
});
