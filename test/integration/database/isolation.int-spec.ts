import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase, Transactions } from '@eggybyte/database';
import type { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { runNode } from '../../support/run-node.js';
import { databaseName } from '../../support/shared-flavour.js';
import { join } from 'node:path';

let database: TestDatabase;
let dataSource: DataSource;
let transactions: Transactions;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('isolation');
  dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 1 });
  transactions = new Transactions(dataSource);
  await database.query('CREATE TABLE item (n int NOT NULL)');
});
beforeEach(async () => {
  await database.query('DELETE FROM item');
  await database.query('INSERT INTO item VALUES (1)');
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const value = async (): Promise<number> => {
  const [row] = await dataSource.query<{ n: number }[]>('SELECT n FROM item');
  return Number(row?.n);
};
/** What a transaction reads before and after somebody else has committed a change. */
const readTwice = async (): Promise<number[]> => {
  const before = await value();
  await database.query('UPDATE item SET n = n + 1');
  return [before, await value()];
};

describe(`the isolation of a transaction on ${databaseName}`, () => {
  it('is the one asked for, of that transaction alone', async () => {
    expect(await transactions.run(readTwice, { isolation: 'READ COMMITTED' })).toEqual([1, 2]);
    // There is one connection, and the next transaction on it has the server's again.
    expect(await transactions.run(readTwice)).toEqual([2, 2]);
    expect(await dataSource.transaction('READ COMMITTED', readTwice)).toEqual([3, 4]);
    expect(await transactions.run(readTwice, { isolation: 'REPEATABLE READ' })).toEqual([4, 4]);
  });

  it('is there again when the transaction begins anew', async () => {
    let calls = 0;
    const work = async (): Promise<number[]> => {
      if (++calls === 1) await dataSource.query(`SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213`);
      return readTwice();
    };

    expect(await transactions.run(work, { isolation: 'READ COMMITTED' })).toEqual([1, 2]);
    expect(calls).toBe(2);
  });
});

describe('a process whose transactions began anew', () => {
  it('ends by itself when its database is closed', async () => {
    const own = await createDatabase('leftovers');
    const child = runNode(join(import.meta.dirname, 'programs', 'transfers.mjs'), { env: { DSN: own.dsn } });

    expect(await child.waitForLog('done', 60_000)).toEqual({
      msg: 'done',
      sum: 300,
      hadRetries: true,
      failed: 3,
      aborted: 'ER_LOCK_DEADLOCK',
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
    await own.drop();
  });
});
