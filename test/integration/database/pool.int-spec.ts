import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseErrorStatus, openDatabase, type OpenDatabaseOptions, poolStatistics } from '@eggybyte/database';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { goDsn } from '../../support/dsn.js';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { waitUntil } from '../../support/wait-until.js';

describe('the pool', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let proxy: FaultProxy;
  let proxied: string;
  /** Of a user without special rights. */
  let plain: string;
  const open: DataSource[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startMariaDb();
    database = await createDatabase('pool', server.address);
    await database.query('CREATE TABLE written (n INT PRIMARY KEY)');
    await database.query(`CREATE USER plain@'%' IDENTIFIED BY 'plain'`);
    await database.query(`GRANT SELECT, INSERT ON ${database.name}.* TO plain@'%'`);
    plain = goDsn({ ...server.address, user: 'plain', password: 'plain' }, database.name);
    proxy = await startFaultProxy({ target: { port: server.address.port } });
    proxied = goDsn({ ...server.address, port: proxy.port }, database.name);
  }, 60_000);
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  const opened = async (options: Partial<OpenDatabaseOptions>): Promise<DataSource> => {
    const dataSource = await openDatabase({ dsn: database.dsn, ...options });
    open.push(dataSource);
    return dataSource;
  };
  const idOf = async (source: DataSource | QueryRunner): Promise<number> => {
    const [row]: { id: unknown }[] = await source.query('SELECT CONNECTION_ID() AS id');
    return Number(row?.id);
  };
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  const processes = async (): Promise<number[]> => {
    const rows = await database.query<{ id: unknown }>(
      'SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()',
      [database.name],
    );
    return rows.map(({ id }) => Number(id));
  };

  const abortedClients = async (): Promise<unknown> => {
    const [row] = await database.query<{ Value: unknown }>("SHOW GLOBAL STATUS LIKE 'Aborted_clients'");
    return row?.Value;
  };

  it('names its state to a request that waited in vain, and lends the connection to the next one', async () => {
    const dataSource = await opened({ maxOpenConns: 2, acquireTimeout: '1s' });
    const holders = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    await Promise.all(holders.map((holder) => holder.connect()));
    const [first, second] = await Promise.all([1, 2].map((n) => failureOf(dataSource.query(`SELECT ${n}`))));

    expect(first).toMatchObject({
      code: 'EGGY_DATABASE_ACQUIRE_TIMEOUT',
      why: 'of at most 2 connections 2 are in use and 0 are being opened, and 2 more requests wait',
      pool: { limit: 2, inUse: 2, idle: 0, waiting: 2 },
    });
    expect(databaseErrorStatus(second)).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 2, waiting: 0, acquireTimeouts: 2 });
    await Promise.all(holders.map((holder) => holder.release()));
    expect(await dataSource.query("SELECT 'third' AS it")).toEqual([{ it: 'third' }]);
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, idle: 2, created: 2 });
  });

  it('keeps a connection that comes too late, for whoever is next', async () => {
    const dataSource = await opened({ dsn: proxied, maxOpenConns: 2, acquireTimeout: '1s', connectTimeout: '10s' });
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    proxy.freeze();
    expect(await failureOf(dataSource.query('SELECT 1'))).toMatchObject({
      code: 'EGGY_DATABASE_ACQUIRE_TIMEOUT',
      pool: { inUse: 1, connecting: 1 },
    });

    await proxy.heal();
    await waitUntil(() => poolStatistics(dataSource)?.idle === 1, { what: 'the late connection' });
    expect(await dataSource.query("SELECT 'one' AS it")).toEqual([{ it: 'one' }]);
    expect(poolStatistics(dataSource)).toMatchObject({ created: 2, connecting: 0 });
    await holder.release();
  });

  it('serves those who wait in their order, and refuses those whom it could not serve', async () => {
    const dataSource = await opened({ maxOpenConns: 1 });
    const order: number[] = [];
    const work = Array.from({ length: 12 }, (_, n) => dataSource.query('SELECT ?', [n]).then(() => order.push(n)));
    const ends = await Promise.allSettled(work);

    expect(order).toEqual(Array.from({ length: 11 }, (_, n) => n));
    expect(ends.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'EGGY_DATABASE_SATURATED' } });
  });

  it('retires connections at the end of their life, when they come back or before they are lent', async () => {
    const aborted = await abortedClients();
    const dataSource = await opened({ maxOpenConns: 2, connMaxLifetime: '2s' });
    const runner = dataSource.createQueryRunner();
    const [idle, held] = [await idOf(dataSource), await idOf(runner)];
    expect(held).toBe(idle);
    await sleep(2300);
    expect(await idOf(runner)).toBe(held);
    await runner.release();
    await waitUntil(async () => !(await processes()).includes(held), { what: 'the old connection to be gone' });

    const next = await idOf(dataSource);
    await sleep(2300);
    expect(await idOf(dataSource)).not.toBe(next);
    expect(poolStatistics(dataSource)?.retired).toBeGreaterThanOrEqual(2);
    expect(await abortedClients()).toBe(aborted);
  });

  it('lends no connection that the server has ended while nobody used it', async () => {
    const dataSource = await opened({ dsn: `${database.dsn}&wait_timeout=1`, maxOpenConns: 3, maxIdleConns: 2 });
    await Promise.all([1, 2, 3].map(() => dataSource.query('SELECT SLEEP(0.05)')));
    // Busy, so that the end of the connections is not seen.
    const until = performance.now() + 2500;
    while (performance.now() < until);

    expect(await Promise.all([1, 2, 3].map(() => dataSource.query("SELECT 'one' AS it")))).toHaveLength(3);
  });

  it('closes its connections to a server that has become read-only, so that the next ones reach another', async () => {
    const dataSource = await opened({ dsn: plain, maxOpenConns: 1 });
    const before = await idOf(dataSource);
    await database.query('SET GLOBAL read_only = 1');
    const error = await failureOf(dataSource.query('INSERT INTO written VALUES (1)'));

    expect(error).toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
    expect(databaseErrorStatus(error)).toMatchObject({ status: 503 });
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, idle: 0 });
    await database.query('SET GLOBAL read_only = 0');
    expect(await idOf(dataSource)).not.toBe(before);
    const inTransaction = dataSource.transaction('SERIALIZABLE', async (manager) => {
      await manager.query('SET SESSION TRANSACTION READ ONLY');
      await manager.query('COMMIT');
      await manager.query('START TRANSACTION READ ONLY');
      await manager.query('INSERT INTO written VALUES (2)');
    });
    expect(await failureOf(inTransaction)).toMatchObject({ code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' });
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, idle: 0 });
  });

  it('tells of a server that takes no more connections, and goes on when it does', async () => {
    await database.query('SET GLOBAL max_connections = 10');
    const dataSource = await opened({ dsn: plain, maxOpenConns: 14 });
    const ends = await Promise.allSettled(Array.from({ length: 14 }, () => dataSource.query('SELECT SLEEP(0.5)')));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));

    expect(failures.length).toBeGreaterThanOrEqual(4);
    expect(failures[0]).toMatchObject({ code: 'EGGY_DATABASE_CONNECTION', why: 'Too many connections' });
    expect(databaseErrorStatus(failures[0])).toMatchObject({ status: 503 });
    await database.query('SET GLOBAL max_connections = 100');
    await Promise.all(Array.from({ length: 14 }, () => dataSource.query('SELECT SLEEP(0.1)')));
    expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0, connecting: 0, waiting: 0 });
  });

  it('ends with everything that waits for it or hangs in it, and leaves no socket behind', async () => {
    const dataSource = await openDatabase({ dsn: proxied, maxOpenConns: 2, connectTimeout: '20s' });
    const runner = dataSource.createQueryRunner();
    const { stream } = (await (runner.connect() as Promise<PoolConnection>)) as unknown as { stream: Socket };
    proxy.freeze();
    const hanging = failureOf(runner.query('SELECT 1'));
    const opening = failureOf(dataSource.query('SELECT 2'));
    const waiting = failureOf(dataSource.query('SELECT 3'));
    await sleep(50);
    await dataSource.destroy();

    for (const end of await Promise.all([hanging, waiting])) expect(String(end)).toMatch(/Pool is closed/);
    expect(stream.destroyed).toBe(true);
    await proxy.heal();
    expect(String(await opening)).toMatch(/Pool is closed/);
    await waitUntil(() => proxy.connections === 0, { what: 'the end of all connections' });
  });
});
