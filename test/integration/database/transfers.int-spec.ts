import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase, Transactions } from '@eggybyte/database';
import { createConnection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { databaseName } from '../../support/shared-flavour.js';
import { ACCOUNTS, BALANCE, balancesBy, isUnknown, liesIn, openAccounts, type Told, transferAll } from './transfers.js';

const LONG = 180_000;
const MANY_RETRIES = 50;

let database: TestDatabase;
let dataSource: DataSource;

const many = { count: 10_000, concurrency: 50 };

beforeAll(() => Logger.overrideLogger(false));

/** The truth of the database against what the callers were told. */
async function expectTruth(told: Told[], { source, done }: { source: DataSource; done: Set<number> }): Promise<void> {
  const accounts = await source.query<{ balance: number }[]>('SELECT balance FROM account ORDER BY id');
  const balances = accounts.map(({ balance }) => balance);

  expect(liesIn(told, done)).toEqual([]);
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(ACCOUNTS * BALANCE);
  expect(balances).toEqual(balancesBy(told, done));
}

const succeeded = (told: Told[]): Set<number> =>
  new Set(told.flatMap(({ id, error }) => (error === undefined ? [id] : [])));

describe(`transfers on ${databaseName}`, () => {
  beforeEach(async () => {
    database = await createDatabase('transfers');
    dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 10, maxIdleConns: 9 });
    await openAccounts((sql) => dataSource.query(sql));
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it(
    'lose nothing over real deadlocks, 10 000 of them at 50 a time',
    async () => {
      const transactions = new Transactions(dataSource);
      let retries = 0;
      transactions.onRetry.add(({ code }) => (retries += code === 'ER_LOCK_DEADLOCK' ? 1 : 0));
      const told = await transferAll({ transactions, ...many, retries: MANY_RETRIES });

      expect(told.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(retries).toBeGreaterThan(0);
      await expectTruth(told, { source: dataSource, done: succeeded(told) });
    },
    LONG,
  );

  it(
    'tell the truth of each while somebody kills connections',
    async () => {
      const transactions = new Transactions(dataSource);
      const stop = new AbortController();
      const kills = killRandomly(stop.signal);
      const told = await transferAll({
        transactions,
        count: 1500,
        concurrency: 50,
        retries: MANY_RETRIES,
        withJournal: true,
      });
      stop.abort();
      const failed = told.filter(({ error }) => error !== undefined && !isUnknown(error));

      expect(await kills).toBeGreaterThan(0);
      expect(failed.length).toBeGreaterThan(0);
      const journal = await dataSource.query<{ id: number }[]>('SELECT id FROM journal');
      await expectTruth(told, { source: dataSource, done: new Set(journal.map(({ id }) => id)) });
    },
    LONG,
  );

  async function killRandomly(signal: AbortSignal): Promise<number> {
    const connection = await createConnection(database.address);
    let kills = 0;
    while (!signal.aborted) {
      const [rows] = await connection.query(
        'SELECT id FROM information_schema.processlist WHERE db = ? ORDER BY RAND() LIMIT 2',
        [database.name],
      );
      for (const { id } of rows as { id: number }[]) {
        await connection.query(`KILL ${id}`).then(
          () => kills++,
          () => undefined,
        );
      }
      await sleep(20);
    }
    await connection.end();
    return kills;
  }
});

describe('transfers on SQLite', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eggy-transfers-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it(
    'lose nothing, 10 000 of them at 50 a time',
    async () => {
      const source = await openDatabase({ dsn: `sqlite:${join(folder, 'transfers.db')}` });
      await openAccounts((sql) => source.query(sql));
      const told = await transferAll({ transactions: new Transactions(source), ...many, retries: 0 });

      expect(told.filter(({ error }) => error !== undefined)).toEqual([]);
      await expectTruth(told, { source, done: succeeded(told) });
      await source.destroy();
    },
    LONG,
  );
});
