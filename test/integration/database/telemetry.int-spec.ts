import { Global, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EggyDatabaseModule, measureDatabase, openDatabase, type OpenDatabaseOptions } from '@eggybyte/database';
import { Metrics, requestContext, runInContext } from '@eggybyte/observability';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { goDsn } from '../../support/dsn.js';
import { databaseName, sharedFlavour } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
class MetricsModule {}

describe(`telemetry of ${databaseName}`, () => {
  let database: TestDatabase;
  const open: DataSource[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDatabase('telemetry');
    await database.query('CREATE TABLE t (n INT PRIMARY KEY, s VARCHAR(20))');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(() => database.drop());

  const opened = async (options: Partial<OpenDatabaseOptions> = {}): Promise<DataSource> => {
    const dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 3, ...options });
    open.push(dataSource);
    return dataSource;
  };
  const name = (suffix = ''): string =>
    `db_client_connection_pool_name="${database.address.host}:${database.address.port}/${database.name}${suffix}"`;

  it('distributes durations by operation and error, as the server names it', async () => {
    const metrics = new Metrics();
    const dataSource = await opened({ queryTimeout: '1s' });
    measureDatabase(dataSource, metrics);
    await dataSource.transaction((manager) => manager.query('INSERT INTO t VALUES (?, ?)', [1, 'Xq7zK9']));
    await expect(dataSource.query('INSERT INTO t VALUES (1, NULL)')).rejects.toThrow(/Duplicate/);
    await expect(dataSource.query('SELECT SLEEP(20) FROM t')).rejects.toThrow(/took longer/);

    const text = await metrics.registry.metrics();
    const count = (operation: string, error: string): string =>
      `db_client_operation_duration_seconds_count{db_system_name="${sharedFlavour}",data_source="default",db_operation_name="${operation}",error_type="${error}"} 1\n`;
    for (const operation of ['BEGIN', 'INSERT', 'COMMIT']) expect(text).toContain(count(operation, ''));
    expect(text).toContain(count('INSERT', 'ER_DUP_ENTRY'));
    expect(text).toContain(count('SELECT', 'EGGY_DATABASE_QUERY_TIMEOUT'));
    expect(text).not.toMatch(/Xq7zK9|p@ss/);
  });

  it('tells of the pool: its connections, who waits, for how long, and who waited in vain', async () => {
    const metrics = new Metrics();
    const dataSource = await opened({ maxOpenConns: 2, acquireTimeout: '1s' });
    measureDatabase(dataSource, metrics);
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    await Promise.all(runners.map((runner) => runner.connect()));
    const waiting = dataSource.query('SELECT 1');
    waiting.catch(() => undefined);

    const busy = await metrics.registry.metrics();
    expect(busy).toContain(`db_client_connections{${name()},db_client_connection_state="used"} 2\n`);
    expect(busy).toContain(`db_client_connections{${name()},db_client_connection_state="idle"} 0\n`);
    expect(busy).toContain(`db_client_connection_max{${name()}} 2\n`);
    expect(busy).toContain(`db_client_connection_pending_requests{${name()}} 1\n`);
    expect(busy).toContain(`db_client_connection_timeouts_total{${name()}} 0\n`);
    await expect(waiting).rejects.toThrow(/became free/);
    for (const runner of runners) await runner.release();

    const after = await metrics.registry.metrics();
    expect(after).toContain(`db_client_connections{${name()},db_client_connection_state="idle"} 2\n`);
    expect(after).toContain(`db_client_connection_pending_requests{${name()}} 0\n`);
    expect(after).toContain(`db_client_connection_timeouts_total{${name()}} 1\n`);
    expect(after).toContain(`db_client_connection_wait_time_seconds_count{${name()}} 2\n`);
  });

  it('tells two data sources of one process apart, also of the same database', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    const [first, second, third] = [await opened(), await opened({ maxOpenConns: 5 }), await opened()];
    measureDatabase(first, one);
    measureDatabase(second, one);
    measureDatabase(third, other);
    for (let n = 0; n < 3; n++) await third.query('SELECT 1');

    const text = await one.registry.metrics();
    expect(text).toContain(`db_client_connection_max{${name()}} 3\n`);
    expect(text).toContain(`db_client_connection_max{${name('#2')}} 5\n`);
    expect(text).not.toContain('db_operation_name="SELECT"');
    expect(await other.registry.metrics()).toMatch(/_count\{[^}]*db_operation_name="SELECT",error_type=""\} 3\n/);
  });

  it('logs slow statements in the request that sent them, whoever the connection was made for', async () => {
    const records: [string | undefined, unknown][] = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((record: unknown) => void records.push([requestContext()?.requestId, record]));
    const dataSource = await opened({ slowQuery: '500ms', maxOpenConns: 1 });
    const ask = (sql: string, id: string) =>
      runInContext({ 'x-request-id': id }, () => dataSource.query(sql, ['Xq7zK9']));
    await ask('SELECT ?', 'fast');
    await ask('SELECT ?, SLEEP(0.8) /* Xq7zK9 */', 'first');
    await ask("SELECT ?, 'Xq7zK9', SLEEP(0.8)", 'second');
    await dataSource.query('SELECT SLEEP(0.8)');

    expect(records.map(([id]) => id)).toEqual(['first', 'second', undefined]);
    expect(records[1]?.[1]).toMatchObject({
      msg: 'slow query',
      operation: 'SELECT',
      statement: 'SELECT ?, ?, SLEEP(?)',
      rows: 1,
    });
    expect(JSON.stringify(records)).not.toContain('Xq7zK9');
  });

  it('names the place where a connection was taken that nobody gives back, when hints are asked for', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const dataSource = await opened({ developmentHints: true, slowQuery: 0 });
    const forgotten = dataSource.createQueryRunner();
    await forgotten.connect();
    const used = dataSource.createQueryRunner();
    await used.connect();
    await used.release();
    await waitUntil(() => warn.mock.calls.length > 0, { what: 'the warning', timeout: 20_000 });

    expect(warn.mock.calls).toEqual([
      [
        {
          msg: expect.stringContaining('is held for longer than 10000 ms'),
          taken_at: expect.stringContaining('telemetry.int-spec.ts'),
        },
      ],
    ]);
    await forgotten.release();
  });

  it('is there in an application that has metrics, from the first statement on', async () => {
    const dsn = goDsn(database.address, database.name);
    const module = await Test.createTestingModule({
      imports: [MetricsModule, EggyDatabaseModule.forRoot({ dsn, slowQuery: '10s' })],
    }).compile();
    await module.get(DataSource, { strict: false }).query('SELECT 1');

    const text = await module.get(Metrics, { strict: false }).registry.metrics();
    expect(text).toMatch(
      new RegExp(
        `_count\\{db_system_name="${sharedFlavour}",data_source="default",db_operation_name="SELECT",error_type=""\\} \\d+\n`,
      ),
    );
    expect(text).toContain(`db_client_connection_max{${name()}} 10\n`);
    await module.close();
  });
});
