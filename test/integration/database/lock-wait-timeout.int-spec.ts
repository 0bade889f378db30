import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase, Transactions } from '@eggybyte/database';
import { type Connection, createConnection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';

const TIMED_OUT = { code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205 };
const ROLLED_BACK = { code: 'EGGY_DATABASE_ROLLED_BACK' };

describe.each([
  { undone: 'only the statement', options: [], calls: 1, committed: ['first', 'held', 'last'] },
  { undone: 'the whole transaction', options: ['--innodb-rollback-on-timeout'], calls: 2, committed: ['held'] },
])('a lock wait timeout on a server that undoes $undone', ({ options, calls, committed }) => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let dataSource: DataSource;
  let transactions: Transactions;
  let holder: Connection;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startMariaDb({ options });
    database = await createDatabase('lock', server.address);
    dataSource = await openDatabase({ dsn: `${database.dsn}&innodb_lock_wait_timeout=1` });
    transactions = new Transactions(dataSource);
    await dataSource.query('CREATE TABLE item (name varchar(20) PRIMARY KEY)');
  }, 60_000);
  beforeEach(async () => {
    await dataSource.query('DELETE FROM item');
    await insert('held');
    holder = await createConnection({ ...server.address, database: database.name });
    await holder.query('START TRANSACTION');
    await holder.query(`SELECT * FROM item WHERE name = 'held' FOR UPDATE`);
  });
  afterEach(() => holder.end());
  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
  });

  const insert = (name: string): Promise<unknown> => dataSource.query(`INSERT INTO item VALUES ('${name}')`);
  const names = async (): Promise<string[]> =>
    (await database.query<{ name: string }>('SELECT name FROM item ORDER BY name')).map(({ name }) => name);
  const lock = (): Promise<unknown> => dataSource.query(`SELECT * FROM item WHERE name = 'held' FOR UPDATE`);

  it('is repeated only where nothing of the transaction is left', async () => {
    let called = 0;
    const run = transactions.run(
      async () => {
        called++;
        await insert('first');
        await lock();
      },
      { retries: 1 },
    );

    await expect(run).rejects.toMatchObject(TIMED_OUT);
    expect(called).toBe(calls);
    expect(await names()).toEqual(['held']);
  });

  it('lets work that catches it go on only where its transaction is still there', async () => {
    let refused: unknown;
    const run = transactions.run(
      async () => {
        await insert('first');
        await expect(lock()).rejects.toMatchObject(TIMED_OUT);
        await insert('last').catch((error: unknown) => (refused = error));
      },
      { retries: 0 },
    );

    if (calls === 1) await run;
    else await expect(run).rejects.toMatchObject(TIMED_OUT);
    if (calls > 1) expect(refused).toMatchObject(ROLLED_BACK);
    expect(await names()).toEqual(committed);
  });
});

describe('a SQLite file that another process holds for longer than a begin waits', () => {
  it('is one more reason to begin anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eggy-held-'));
    const file = join(folder, 'held.db');
    const dataSource = await openDatabase({ dsn: `sqlite:${file}` });
    const transactions = new Transactions(dataSource);
    const codes: string[] = [];
    await dataSource.query('CREATE TABLE item (n integer)');
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    transactions.onRetry.add(({ code }) => {
      codes.push(code);
      if (holder.isTransaction) holder.exec('ROLLBACK');
    });
    let calls = 0;
    await transactions.run(async (manager) => {
      calls++;
      await manager.query('INSERT INTO item VALUES (1)');
    });

    expect(codes).toEqual(['SQLITE_5']);
    expect(calls).toBe(1);
    expect(await dataSource.query('SELECT n FROM item')).toEqual([{ n: 1 }]);
    holder.close();
    await dataSource.destroy();
    await rm(folder, { recursive: true });
  }, 60_000);
});
