import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  databaseErrorStatus,
  liftQueryTimeout,
  openDatabase,
  type OpenDatabaseOptions,
  poolStatistics,
} from '@eggybyte/database';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { goDsn } from '../../support/dsn.js';
import { sharedFlavour } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

/** With rows: by itself SLEEP() is an answer to MySQL, also when it was cut short. */
const SLOW = 'SELECT SLEEP(20) FROM numbers';
/** Integers of MySQL are large ones, which come as text. */
const sleepFor = (seconds: number): string => `SELECT IF(SLEEP(${seconds}) = 0, 'yes', 'no') AS slept`;
const LIMIT = {
  mariadb: {
    parameter: 'max_statement_time=7',
    seconds: '@@max_statement_time',
    stopped: 'SET STATEMENT max_statement_time = 0.3 FOR SELECT SLEEP(20)',
  },
  mysql: {
    parameter: 'max_execution_time=7000',
    seconds: '@@max_execution_time / 1000',
    stopped: 'SELECT /*+ MAX_EXECUTION_TIME(300) */ SLEEP(20) FROM numbers',
  },
};

const TIMED_OUT = expect.objectContaining({ code: 'EGGY_DATABASE_QUERY_TIMEOUT' });

describe('the query timeout', () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  const open: DataSource[] = [];
  const limit = LIMIT[sharedFlavour];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDatabase('query_timeout');
    await database.query('CREATE TABLE numbers (n INT PRIMARY KEY)');
    await database.query('INSERT INTO numbers VALUES ?', [Array.from({ length: 200 }, (_, n) => [n])]);
    const { host, port } = database.address;
    proxy = await startFaultProxy({ target: { host, port } });
  }, 30_000);
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(async () => {
    await proxy.stop();
    await database.drop();
  });

  const opened = async (options: Partial<OpenDatabaseOptions>, parameters = ''): Promise<DataSource> => {
    const dsn = goDsn({ ...database.address, host: proxy.host, port: proxy.port }, database.name) + parameters;
    const dataSource = await openDatabase({ dsn, maxOpenConns: 1, ...options });
    open.push(dataSource);
    return dataSource;
  };
  const idOf = async (source: DataSource | QueryRunner): Promise<unknown> => {
    const [row]: { id: unknown }[] = await source.query('SELECT CONNECTION_ID() AS id');
    return row?.id;
  };
  const limitOf = async (source: DataSource | QueryRunner): Promise<number> => {
    const [row]: { seconds: unknown }[] = await source.query(`SELECT ${limit.seconds} AS seconds`);
    return Number(row?.seconds);
  };
  const connectionOf = async (runner: QueryRunner): Promise<PoolConnection> => runner.connect();
  const running = (sql: string) =>
    database.query('SELECT id FROM information_schema.processlist WHERE info = ?', [sql]);

  it('asks the server to stop a statement a bit earlier', async () => {
    const dataSource = await opened({ queryTimeout: '5s' });
    const slow = 'SELECT SLEEP(30) FROM numbers';

    expect(await limitOf(dataSource)).toBe(4.5);
    await expect(dataSource.query(slow)).rejects.toEqual(TIMED_OUT);
    await waitUntil(async () => (await running(slow)).length === 0, { what: 'the server to stop it' });
  });

  it('keeps the connection when the server has stopped the statement', async () => {
    const dataSource = await opened({});
    const before = await idOf(dataSource);
    const slow = dataSource.query(limit.stopped);

    await expect(slow).rejects.toEqual(TIMED_OUT);
    await expect(slow).rejects.toThrow(/the server has stopped it/);
    expect(await idOf(dataSource)).toBe(before);
    expect(poolStatistics(dataSource)).toMatchObject({ queryTimeouts: 1, created: 1 });
  });

  it('closes the connection and its socket when no answer comes, and the next request gets another', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const before = await idOf(dataSource);
    const runner = dataSource.createQueryRunner();
    const { stream } = (await connectionOf(runner)) as unknown as { stream: Socket };
    proxy.freeze();

    await expect(runner.query('SELECT 1')).rejects.toEqual(TIMED_OUT);
    await runner.release();
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, idle: 0, queryTimeouts: 1 });
    expect(stream.destroyed).toBe(true);
    await proxy.heal();
    expect(await idOf(dataSource)).not.toBe(before);
  });

  it('holds for what writes: MariaDB stops it, and on MySQL, which stops SELECT only, its connection is closed', async () => {
    const dataSource = await opened({ queryTimeout: '500ms' });
    const before = await idOf(dataSource);

    await expect(dataSource.query('UPDATE numbers SET n = n WHERE n = 1 AND SLEEP(5) = 0')).rejects.toEqual(TIMED_OUT);
    expect(poolStatistics(dataSource)).toMatchObject({ queryTimeouts: 1, inUse: 0 });
    expect((await idOf(dataSource)) === before).toBe(sharedFlavour === 'mariadb');
  });

  it('is over the whole answer, however the bytes come', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    await idOf(dataSource);
    proxy.byteByByte();

    await expect(dataSource.query("SELECT REPEAT('x', 60000) AS much")).rejects.toEqual(TIMED_OUT);
    await proxy.heal();
    expect(await dataSource.query("SELECT 'one' AS it")).toEqual([{ it: 'one' }]);
  });

  it('is answered with 503, which may be tried again', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const error: unknown = await dataSource.query(SLOW).catch((reason: unknown) => reason);

    expect(databaseErrorStatus(error)).toMatchObject({ status: 503, retryAfterSeconds: 1 });
  });

  it('ends whatever waits behind the statement on the same connection', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    await runner.connect();
    proxy.freeze();
    const ends = await Promise.allSettled([1, 2, 3].map((n) => runner.query(`SELECT ${n}`)));

    expect(ends.map((end) => end.status === 'rejected' && (end.reason as unknown))).toEqual([
      TIMED_OUT,
      TIMED_OUT,
      TIMED_OUT,
    ]);
    await runner.release();
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, idle: 0 });
  });

  it('holds for prepared statements too, before they are prepared', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    const connection = await connectionOf(runner);
    expect((await connection.promise().execute('SELECT ? AS n', [7]))[0]).toEqual([{ n: 7 }]);
    proxy.freeze();

    await expect(connection.promise().execute('SELECT ? AS m', [8])).rejects.toEqual(TIMED_OUT);
    await runner.release();
  });

  it('is that of the DSN where it has a readTimeout, and none where that is 0', async () => {
    const short = await opened({}, '&readTimeout=1s&writeTimeout=20s');
    await expect(short.query(SLOW)).rejects.toEqual(TIMED_OUT);

    const none = await opened({ queryTimeout: '1s' }, '&readTimeout=0');
    expect(await none.query(sleepFor(2))).toEqual([{ slept: 'yes' }]);
    expect(await limitOf(none)).toBe(0);
  });

  it('leaves the limit of the server to a DSN that sets it', async () => {
    const dataSource = await opened({}, `&${limit.parameter}`);

    expect(await limitOf(dataSource)).toBe(7);
  });

  it.each([
    ['longer', 20_000],
    ['none', 0],
  ])('of a single query may be %s, and those after it have the usual one', async (_, timeout) => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    const connection = await connectionOf(runner);

    expect((await connection.promise().query({ sql: sleepFor(2), timeout }))[0]).toEqual([{ slept: 'yes' }]);
    await expect(runner.query(SLOW)).rejects.toEqual(TIMED_OUT);
    await runner.release();
  });

  it('of a single query may be shorter, and the server then stops it sooner', async () => {
    const dataSource = await opened({ queryTimeout: '20s' });
    const runner = dataSource.createQueryRunner();
    const connection = await connectionOf(runner);
    const slow = connection.promise().query({ sql: SLOW, timeout: 300 });

    await expect(slow).rejects.toEqual(TIMED_OUT);
    await runner.release();
    await waitUntil(async () => (await running(SLOW)).length === 0, { what: 'the server to stop it' });
    expect(await limitOf(dataSource)).toBe(19);
  });

  it('leaves streams alone, also on the server', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    const stream = await runner.stream('SELECT n, SLEEP(0.01) AS slept FROM numbers');
    let rows = 0;
    for await (const _ of stream) rows++;

    expect(rows).toBe(200);
    expect(await limitOf(runner)).toBeCloseTo(0.9);
    await runner.release();
  });

  it('can be lifted from a query runner, whose connection is closed after it', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    await liftQueryTimeout(runner);
    const id = await idOf(runner);

    expect(await runner.query(sleepFor(2))).toEqual([{ slept: 'yes' }]);
    await runner.release();
    expect(await idOf(dataSource)).not.toBe(id);
    await expect(dataSource.query(SLOW)).rejects.toEqual(TIMED_OUT);
  });

  it('does not cut an answer that came while this process was busy', async () => {
    // Not by the proxy, which is in this process.
    const dataSource = await opened({ dsn: database.dsn, queryTimeout: '1s' });
    const runner = dataSource.createQueryRunner();
    const connection = await connectionOf(runner);
    const answer = connection.promise().query("SELECT 'one' AS it");
    const until = performance.now() + 3000;
    while (performance.now() < until);

    expect((await answer)[0]).toEqual([{ it: 'one' }]);
    await runner.release();
  });

  it('tells no value of the statement', async () => {
    const dataSource = await opened({ queryTimeout: '1s' });
    const error = (await dataSource
      .query("SELECT 'Xq7zK9', SLEEP(?), ? FROM numbers", [20, 'Xq7zK9'])
      .catch((reason: unknown) => reason)) as { driverError: Error };
    const unknown = (await dataSource
      .query('SELECT ? FROM nowhere', ['Xq7zK9'])
      .catch((reason: unknown) => reason)) as { driverError: Error };

    for (const { driverError } of [error, unknown]) {
      expect(`${driverError.message} ${JSON.stringify(driverError)} ${String(driverError.cause)}`).not.toMatch(
        /Xq7zK9/,
      );
    }
    expect(unknown.driverError).toMatchObject({ sql: 'SELECT ? FROM nowhere' });
  });
});
