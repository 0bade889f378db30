import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { databaseErrorStatus, openDatabase, SchemaMigrator, Transactions } from '@eggybyte/database';
import { Column, type DataSource, Entity, type EntityManager, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { goDsn } from '../../support/dsn.js';
import { waitUntil } from '../../support/wait-until.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

const CONNECTIONS = 2;
/** Longer than anything takes on a slow machine; nothing waits for all of it. */
const HELD_MS = 3000;

let database: TestDatabase;
let proxy: FaultProxy;
let dataSource: DataSource;
let items: Repository<Item>;
let transactions: Transactions;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('faults');
  proxy = await startFaultProxy({ target: database.address });
  const dsn = goDsn({ ...database.address, host: proxy.host, port: proxy.port }, database.name);
  dataSource = await openDatabase({ dsn, entities: [Item], maxOpenConns: CONNECTIONS });
  await new SchemaMigrator(dataSource).migrate();
  items = new Repository(Item, dataSource.manager);
  transactions = new Transactions(dataSource);
});
beforeEach(() => database.query('DELETE FROM item'));
afterEach(() => {
  dataSource.subscribers.length = 0;
  return proxy.heal();
});
afterAll(async () => {
  await dataSource.destroy();
  await proxy.stop();
  await database.drop();
});

const names = async (): Promise<string[]> =>
  (await database.query<Item>('SELECT name FROM item ORDER BY id')).map(({ name }) => name);
const connectionId = async (): Promise<number> => {
  const [row] = await dataSource.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id');
  return Number(row?.id);
};
/** All of the pool, to see that none is lost, held by somebody, or in a transaction. */
const expectHealthyPool = async (): Promise<void> => {
  // A connection that idles notices that it was cut a moment later.
  const before = await waitUntil(() => items.count().then((count) => ({ count })), { what: 'an answer' });
  const counts = Array.from({ length: CONNECTIONS * 2 }, () =>
    transactions.run(async () => {
      await sleep(5);
      return items.count();
    }),
  );
  expect(new Set(await Promise.all(counts))).toEqual(new Set([before.count]));
  expect(await names()).toHaveLength(before.count);
};
const UNKNOWN = { code: 'EGGY_DATABASE_COMMIT_UNKNOWN', status: 500 };

describe('a connection that is lost', () => {
  it('during a COMMIT that went through is told as unknown, and not repeated', async () => {
    const seen: string[] = [];
    let calls = 0;
    const run = transactions.run(async () => {
      calls++;
      transactions.afterCommit(() => void seen.push('after commit'));
      await items.insert({ name: 'there' });
      proxy.delay(HELD_MS);
    });
    run.catch(() => undefined);
    await waitUntil(async () => (await names()).length === 1, { what: 'the commit' });
    proxy.reset();

    await expect(run).rejects.toMatchObject(UNKNOWN);
    expect(calls).toBe(1);
    expect(seen).toEqual([]);
    expect(await names()).toEqual(['there']);
    await proxy.heal();
    await expectHealthyPool();
  });

  it('during a COMMIT that never arrived is told as unknown too', async () => {
    const run = transactions.run(async () => {
      await items.insert({ name: 'gone' });
      proxy.freeze();
    });
    run.catch(() => undefined);
    await sleep(50);
    proxy.reset();

    await expect(run).rejects.toMatchObject(UNKNOWN);
    expect(await names()).toEqual([]);
    await proxy.heal();
    await expectHealthyPool();
  });

  it('before the COMMIT is an error like any other: nothing was committed', async () => {
    const run = transactions.run(async () => {
      await items.insert({ name: 'gone' });
      proxy.reset();
      await sleep(50);
    });
    const error: unknown = await run.catch((reason: unknown) => reason);

    expect(databaseErrorStatus(error)?.status).toBe(503);
    expect(await names()).toEqual([]);
    await expectHealthyPool();
  });

  it('in the middle fails everything that comes after, and is not begun anew', async () => {
    let calls = 0;
    const late: unknown[] = [];
    const run = transactions.run(async () => {
      calls++;
      await items.insert({ name: 'first' });
      await database.query(`KILL ${await connectionId()}`);
      for (let n = 0; n < 2; n++) await items.insert({ name: 'late' }).catch((error: unknown) => late.push(error));
    });

    const error: unknown = await run.catch((reason: unknown) => reason);
    expect(databaseErrorStatus(error)?.status).toBe(503);
    expect(late).toEqual([error, expect.objectContaining({ code: 'EGGY_DATABASE_ROLLED_BACK' })]);
    expect(calls).toBe(1);
    expect(await names()).toEqual([]);
    await expectHealthyPool();
  });

  it('at the begin fails the call, and its work is not called', async () => {
    const work = jest.fn(() => Promise.resolve());
    await proxy.cut();

    const error: unknown = await transactions.run(work).catch((reason: unknown) => reason);
    expect(databaseErrorStatus(error)?.status).toBe(503);
    expect(work).not.toHaveBeenCalled();
    await proxy.heal();
    await expectHealthyPool();
  });
});

describe('a stream that is not read to its end', () => {
  beforeEach(async () => {
    const values = Array.from({ length: 2000 }, (_, n) => `('${n}${'x'.repeat(200)}')`).join();
    await database.query(`INSERT INTO item (name) VALUES ${values}`);
  });

  it('is cut at the commit, which does not wait for its reader', async () => {
    const stream = await transactions.run(async () => {
      await items.insert({ name: 'last' });
      return items.createQueryBuilder('item').stream();
    });

    const read = async (): Promise<void> => {
      for await (const _ of stream) await sleep(0);
    };
    await expect(read()).rejects.toMatchObject({ code: 'EGGY_DATABASE_TRANSACTION_ENDED' });
    expect(await database.query(`SELECT id FROM item WHERE name = 'last'`)).toHaveLength(1);
    await expectHealthyPool();
  });

  it('is cut at the rollback, and nobody has to listen', async () => {
    const run = transactions.run(async () => {
      await items.insert({ name: 'last' });
      await items.createQueryBuilder('item').stream();
      throw new Error('undo');
    });

    await expect(run).rejects.toThrow('undo');
    expect(await database.query(`SELECT id FROM item WHERE name = 'last'`)).toEqual([]);
    await expectHealthyPool();
  });

  it('is refused after the end', async () => {
    const late = Promise.withResolvers<unknown>();
    await transactions.run(async () => {
      setTimeout(() => void items.createQueryBuilder('item').stream().then(late.resolve, late.reject), 20);
    });

    await expect(late.promise).rejects.toMatchObject({ code: 'EGGY_DATABASE_TRANSACTION_ENDED' });
    await expectHealthyPool();
  });
});

describe('a manager or a builder that is kept from a transaction', () => {
  it('is refused after its end, alone and inside of another one', async () => {
    const kept: EntityManager = await transactions.run((manager) => Promise.resolve(manager));
    const builder = await transactions.run(async () => {
      const insert = items.createQueryBuilder().insert().values({ name: 'kept' });
      return () => insert.execute();
    });

    for (const late of [
      () => kept.insert(Item, { name: 'kept' }),
      () => kept.transaction((manager) => manager.insert(Item, { name: 'kept' })),
      () => kept.query(`INSERT INTO item (name) VALUES ('kept')`),
      builder,
    ]) {
      // The second is TypeORM's own.
      const refused = /has ended|already released/;
      await expect(late()).rejects.toThrow(refused);
      await expect(transactions.run(late)).rejects.toThrow(refused);
    }
    expect(await names()).toEqual([]);
    await expectHealthyPool();
  });
});
