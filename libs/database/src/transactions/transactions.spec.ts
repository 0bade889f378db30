import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, type DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { currentUnitOfWork } from '@eggybyte/observability';
import { TransactionEndedError } from '../database.errors.js';
import { openDatabase } from '../open-database.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import { Transactions } from './transactions.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: 0 }) stock!: number;
}

let dataSource: DataSource;
let items: Repository<Item>;
let transactions: Transactions;

beforeEach(async () => {
  Logger.overrideLogger(false);
  dataSource = await openDatabase({ dsn: 'sqlite::memory:', entities: [Item] });
  await new SchemaMigrator(dataSource).migrate();
  items = new Repository(Item, dataSource.manager);
  transactions = new Transactions(dataSource);
});
afterEach(() => dataSource.destroy());

const names = async (): Promise<string[]> => (await items.find({ order: { id: 'ASC' } })).map(({ name }) => name);
const fail = (): never => {
  throw new Error('undo');
};

describe('Transactions', () => {
  it('commits what repositories did inside and resolves to the result', async () => {
    const result = await transactions.run(async () => {
      await items.insert({ name: 'a', stock: 3 });
      await items.decrement({ name: 'a' }, 'stock', 2);
      return 42;
    });

    expect(result).toBe(42);
    expect(await items.findOneBy({ name: 'a' })).toMatchObject({ stock: 1 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['insert', () => items.insert({ name: 'b' })],
    ['save', () => items.save({ name: 'b' })],
    ['upsert', () => items.upsert({ id: 7, name: 'b' }, ['id'])],
    ['decrement', () => items.decrement({ name: 'a' }, 'stock', 1)],
    ['remove', async () => items.remove(await items.find())],
    ['clear', () => items.clear()],
    ['query builder', () => items.createQueryBuilder().delete().execute()],
    ['data source query builder', () => dataSource.createQueryBuilder().delete().from(Item).execute()],
    ['repository query', () => items.query(`DELETE FROM item`)],
    ['data source query', () => dataSource.query(`DELETE FROM item`)],
    ['manager of the data source', () => dataSource.manager.delete(Item, { name: 'a' })],
    ['another query runner', () => dataSource.createQueryRunner().query(`DELETE FROM item`)],
    ['given manager', () => transactions.run((manager) => manager.delete(Item, { name: 'a' }))],
  ])('rolls back what was done by %s', async (_, work) => {
    await items.insert({ name: 'a', stock: 1 });

    const run = transactions.run(async () => {
      await work();
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    expect(await items.find()).toEqual([expect.objectContaining({ name: 'a', stock: 1 })]);
  });

  it('lets dataSource.transaction and manager.transaction take repositories along too', async () => {
    await expect(dataSource.transaction(() => items.insert({ name: 'a' }).then(fail))).rejects.toThrow('undo');
    await expect(dataSource.manager.transaction(() => items.insert({ name: 'b' }).then(fail))).rejects.toThrow('undo');
    await dataSource.transaction('SERIALIZABLE', () => items.insert({ name: 'c' }));

    expect(await names()).toEqual(['c']);
  });

  it('sees inside what it wrote', async () => {
    await transactions.run(async () => {
      await items.insert({ name: 'a' });
      expect(await names()).toEqual(['a']);
    });
  });

  it('makes a nested one a savepoint', async () => {
    await transactions.run(async () => {
      await items.insert({ name: 'outer' });
      await expect(transactions.run(() => items.insert({ name: 'inner' }).then(fail))).rejects.toThrow('undo');
      await transactions.run(() => items.insert({ name: 'kept' }));
    });

    expect(await names()).toEqual(['outer', 'kept']);
  });

  it('rolls a nested one back with the outer', async () => {
    const run = transactions.run(async () => {
      await transactions.run(() => items.insert({ name: 'inner' }));
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    expect(await names()).toEqual([]);
  });

  it('lets nested ones that run side by side take turns', async () => {
    const settled = await transactions.run(() =>
      Promise.allSettled(
        [1, 2, 3, 4].map((n) =>
          transactions.run(async () => {
            await items.insert({ name: `n${n}` });
            await sleep(1);
            if (n % 2 === 0) fail();
          }),
        ),
      ),
    );

    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(await names()).toEqual(['n1', 'n3']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['insert', () => items.insert({ name: 'late' })],
    ['save', () => items.save({ name: 'late' })],
    ['find', () => items.find()],
    ['query', () => dataSource.query('SELECT 1')],
    ['query builder', () => dataSource.createQueryBuilder(Item, 'item').getMany()],
    ['query runner', () => dataSource.createQueryRunner().query('SELECT 1')],
    ['transaction', () => transactions.run(() => Promise.resolve())],
    ['afterCommit', async () => transactions.afterCommit(() => undefined)],
  ])('refuses %s that outlives its transaction, by a rejection', async (_, work) => {
    const late = Promise.withResolvers<unknown>();
    const run = transactions.run(async () => {
      setTimeout(() => void work().then(late.resolve, late.reject), 3);
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    await expect(late.promise).rejects.toBeInstanceOf(TransactionEndedError);
    expect(await names()).toEqual([]);
  });

  it('waits for a nested one that nobody awaits, and rolls it back', async () => {
    const nested = Promise.withResolvers<unknown>();
    const run = transactions.run(async () => {
      await items.insert({ name: 'a' });
      const inner = transactions.run(async () => {
        await items.insert({ name: 'b' });
        await sleep(5);
        await items.insert({ name: 'c' });
      });
      inner.catch(nested.resolve);
      await sleep(1);
    });

    await run;
    expect(await nested.promise).toBeInstanceOf(TransactionEndedError);
    expect(await names()).toEqual(['a']);
  });

  it('refuses the second half of a save that was not awaited', async () => {
    let save: Promise<unknown> = Promise.resolve();
    const run = transactions.run(async () => {
      save = items.save([{ id: 1, name: 'half' }]);
      save.catch(() => undefined);
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    await expect(save).rejects.toBeInstanceOf(TransactionEndedError);
    expect(await names()).toEqual([]);
  });

  it('is no transaction any more for what comes after it', async () => {
    await transactions.run(() => items.insert({ name: 'a' }));
    await items.insert({ name: 'b' });

    expect(await names()).toEqual(['a', 'b']);
    expect(currentUnitOfWork()).toBeUndefined();
  });
});

describe('Transactions.afterCommit', () => {
  it('runs after the commit, in order, before run resolves', async () => {
    const seen: unknown[] = [];
    await transactions.run(async () => {
      transactions.afterCommit(async () => {
        await sleep(2);
        seen.push(await names());
      });
      currentUnitOfWork()?.afterCommit(() => void seen.push('second'));
      await items.insert({ name: 'a' });
      expect(seen).toEqual([]);
    });

    expect(seen).toEqual([['a'], 'second']);
  });

  it('forgets the action when the transaction rolls back', async () => {
    const seen: string[] = [];
    const run = transactions.run(async () => {
      transactions.afterCommit(() => void seen.push('never'));
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    expect(seen).toEqual([]);
  });

  it('waits for the outermost commit, and forgets those of a savepoint that rolled back', async () => {
    const seen: string[] = [];
    await transactions.run(async () => {
      await transactions.run(async () => transactions.afterCommit(() => void seen.push('kept')));
      const undone = transactions.run(async () => {
        transactions.afterCommit(() => void seen.push('never'));
        fail();
      });
      await expect(undone).rejects.toThrow('undo');
      expect(seen).toEqual([]);
    });

    expect(seen).toEqual(['kept']);
  });

  it('lets the action use the database, outside of the transaction', async () => {
    await transactions.run(async () => transactions.afterCommit(async () => void (await items.insert({ name: 'x' }))));

    expect(await names()).toEqual(['x']);
  });

  it('does not fail a transaction whose action fails', async () => {
    const seen: string[] = [];
    await transactions.run(async () => {
      await items.insert({ name: 'a' });
      transactions.afterCommit(fail);
      transactions.afterCommit(() => void seen.push('next'));
    });

    expect(seen).toEqual(['next']);
    expect(await names()).toEqual(['a']);
  });

  it('runs at once outside of a transaction', () => {
    const seen: string[] = [];
    transactions.afterCommit(() => void seen.push('now'));

    expect(seen).toEqual(['now']);
  });
});

describe('the embedded database', () => {
  it('keeps a plain statement of one request out of the transaction of another', async () => {
    const begun = Promise.withResolvers<void>();
    const a = transactions.run(async () => {
      await items.insert({ name: 'of A' });
      begun.resolve();
      await sleep(10);
      fail();
    });
    await begun.promise;
    const b = items.insert({ name: 'of B' });

    await expect(a).rejects.toThrow('undo');
    await b;
    expect(await names()).toEqual(['of B']);
  });

  it('does not let a request read what another has not committed', async () => {
    const begun = Promise.withResolvers<void>();
    const a = transactions.run(async () => {
      await items.insert({ name: 'of A' });
      begun.resolve();
      await sleep(5);
      fail();
    });
    await begun.promise;

    expect(await names()).toEqual([]);
    await expect(a).rejects.toThrow('undo');
  });

  it('commits and rolls back 20 parallel transactions exactly as asked', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        transactions.run(async () => {
          await items.insert({ name: `${n}` });
          await sleep(Math.random() * 3);
          await items.increment({ name: `${n}` }, 'stock', 1);
          if (n % 2 === 1) fail();
        }),
      ),
    );

    expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(settled.map((_, n) => n % 2 === 0));
    const left = await items.find();
    expect(left.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(left.every(({ stock }) => stock === 1)).toBe(true);
  });

  it('serves transactions, saves and hand-made query runners side by side', async () => {
    const byHand = async (name: string, undo: boolean): Promise<void> => {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(Item, { name });
      await sleep(1);
      await (undo ? runner.rollbackTransaction() : runner.commitTransaction());
      await runner.release();
    };
    await Promise.all([
      byHand('hand', false),
      byHand('undone', true),
      items.save([{ name: 's1' }, { name: 's2' }]),
      transactions.run(() => items.insert({ name: 't' })),
      items.insert({ name: 'plain' }),
    ]);

    expect((await names()).toSorted()).toEqual(['hand', 'plain', 's1', 's2', 't']);
  });

  it('rolls back a query runner that is released in its transaction', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Item, { name: 'lost' });
    await runner.release();

    expect(await names()).toEqual([]);
    await expect(runner.query('SELECT 1')).rejects.toThrow(/released/i);
  });
});
