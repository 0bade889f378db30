import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseErrorStatus, isUniqueViolation, openDatabase, SchemaMigrator, Transactions } from '@eggybyte/database';
import { Column, type DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { databaseName } from '../../support/shared-flavour.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @Column({ default: 0 }) stock!: number;
}

const CONNECTIONS = 3;

let database: TestDatabase;
let dataSource: DataSource;
let items: Repository<Item>;
let transactions: Transactions;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('transactions');
  dataSource = await openDatabase({ dsn: database.dsn, entities: [Item], maxOpenConns: CONNECTIONS });
  await new SchemaMigrator(dataSource).migrate();
  items = new Repository(Item, dataSource.manager);
  transactions = new Transactions(dataSource);
});
beforeEach(() => items.clear());
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const names = async (): Promise<string[]> =>
  (await database.query<Item>('SELECT name FROM item ORDER BY id')).map(({ name }) => name);
const fail = (): never => {
  throw new Error('undo');
};

describe(`Transactions on ${databaseName}`, () => {
  it('commit what repositories did inside, seen by others only then', async () => {
    await transactions.run(async () => {
      await items.save({ name: 'a', stock: 3 });
      await items.decrement({ name: 'a' }, 'stock', 2);
      expect(await names()).toEqual([]);
      expect(await items.findOneBy({ name: 'a' })).toMatchObject({ stock: 1 });
    });

    expect(await names()).toEqual(['a']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['insert', () => items.insert({ name: 'b' })],
    ['save', () => items.save({ name: 'b' })],
    ['remove', async () => items.remove(await items.find())],
    ['query builder', () => items.createQueryBuilder().delete().execute()],
    ['data source query', () => dataSource.query('DELETE FROM item')],
    ['data source query builder', () => dataSource.createQueryBuilder().delete().from(Item).execute()],
    ['nested', () => transactions.run((manager) => manager.deleteAll(Item))],
  ])('roll back what was done by %s', async (_, work) => {
    await items.insert({ name: 'a' });

    const run = transactions.run(async () => {
      await work();
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    expect(await names()).toEqual(['a']);
  });

  it('make nested ones savepoints', async () => {
    const seen: string[] = [];
    await transactions.run(async () => {
      await items.insert({ name: 'outer' });
      const undone = transactions.run(async () => {
        transactions.afterCommit(() => void seen.push('never'));
        await items.insert({ name: 'inner' });
        fail();
      });
      await expect(undone).rejects.toThrow('undo');
      await transactions.run(async () => {
        transactions.afterCommit(async () => void seen.push(...(await names())));
        await items.insert({ name: 'kept' });
      });
    });

    expect(seen).toEqual(['outer', 'kept']);
  });

  it('commit and roll back 20 at once exactly as asked, on fewer connections', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        transactions.run(async () => {
          await items.insert({ name: `${n}` });
          await sleep(Math.random() * 5);
          if (n % 2 === 1) fail();
        }),
      ),
    );

    expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(settled.map((_, n) => n % 2 === 0));
    expect((await names()).map(Number).toSorted((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  it('let nothing through that was not awaited, whatever it is doing when the transaction ends', async () => {
    for (const pause of [0, 0, 1, 2, 3]) {
      const late: Promise<unknown>[] = [];
      const run = transactions.run(async () => {
        for (let n = 0; n < 5; n++) {
          // It reads first: its INSERT would come after the ROLLBACK, and be committed by itself.
          late.push(items.save({ id: 100 + n, name: `late ${n}` }).catch(() => undefined));
        }
        if (pause > 0) await sleep(pause);
        fail();
      });
      await expect(run).rejects.toThrow('undo');
      await Promise.all(late);
      expect(await names()).toEqual([]);
    }
  });

  it('give every connection back, also when they fail', async () => {
    for (let n = 0; n < CONNECTIONS * 3; n++) {
      const run = transactions.run(() => items.insert({ name: 'x' }).then(fail));
      await expect(run).rejects.toThrow('undo');
    }
    const parallel = Array.from({ length: CONNECTIONS }, () => transactions.run(() => items.count()));

    expect(await Promise.all(parallel)).toEqual([0, 0, 0]);
  });

  it('survive the loss of their connection: it is not used again', async () => {
    const run = transactions.run(async (manager) => {
      await items.insert({ name: 'lost' });
      const [row] = await manager.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id');
      await database.query(`KILL ${row?.id}`);
      await items.insert({ name: 'too late' });
    });

    const error: unknown = await run.catch((reason: unknown) => reason);
    expect(databaseErrorStatus(error)).toMatchObject({ status: 503, code: 'EGGY_DATABASE_UNAVAILABLE' });
    expect(await Promise.all([1, 2, 3].map(() => items.count()))).toEqual([0, 0, 0]);
  });
});

describe(`errors of ${databaseName}`, () => {
  it('are a conflict when a unique index refuses the row, and tell nothing of it', async () => {
    await items.insert({ name: 'secret@example.org' });
    const error: unknown = await items.insert({ name: 'secret@example.org' }).catch((reason: unknown) => reason);

    expect(isUniqueViolation(error)).toBe(true);
    expect(databaseErrorStatus(error)).toEqual({
      status: 409,
      code: 'EGGY_DATABASE_DUPLICATE',
      message: 'There is such a record already',
    });
  });

  it('are not found when there is no such entity', async () => {
    const error: unknown = await items.findOneByOrFail({ name: 'nobody' }).catch((reason: unknown) => reason);

    expect(databaseErrorStatus(error)).toMatchObject({ status: 404, code: 'EGGY_DATABASE_NOT_FOUND' });
  });

  it('are temporary when another transaction holds the row', async () => {
    await items.insert({ name: 'held' });
    const error: unknown = await transactions
      .run(async () => {
        await items.update({ name: 'held' }, { stock: 1 });
        const second = await openDatabase({ dsn: `${database.dsn}&innodb_lock_wait_timeout=1`, entities: [Item] });
        try {
          await second.getRepository(Item).update({ name: 'held' }, { stock: 2 });
        } finally {
          await second.destroy();
        }
      })
      .catch((reason: unknown) => reason);

    expect(databaseErrorStatus(error)).toMatchObject({ status: 503, retryAfterSeconds: 1 });
  });

  it('are the fault of the service when the statement is wrong', async () => {
    const error: unknown = await dataSource.query('SELECT nonsense').catch((reason: unknown) => reason);

    expect(databaseErrorStatus(error)).toBeUndefined();
  });
});
