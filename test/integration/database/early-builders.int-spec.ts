import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase, poolStatistics, SchemaMigrator, Transactions } from '@eggybyte/database';
import {
  Column,
  type DataSource,
  Entity,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  type Repository,
} from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { databaseName } from '../../support/shared-flavour.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @ManyToOne(() => Item, { nullable: true }) parent!: Relation<Item> | null;
}

describe.each([databaseName, 'SQLite'])('a query builder that was made before a transaction on %s', (on) => {
  let database: TestDatabase | undefined;
  let dataSource: DataSource;
  let items: Repository<Item>;
  let transactions: Transactions;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = on === 'SQLite' ? undefined : await createDatabase('builders');
    const dsn = database?.dsn ?? 'sqlite::memory:';
    dataSource = await openDatabase({ dsn, entities: [Item], maxOpenConns: 3, acquireTimeout: '5s' });
    await new SchemaMigrator(dataSource).migrate();
    items = dataSource.getRepository(Item);
    transactions = new Transactions(dataSource);
    await items.insert([{ name: 'a' }, { name: 'b' }]);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database?.drop();
  });

  const names = async (): Promise<string[]> => (await items.find({ order: { id: 'ASC' } })).map(({ name }) => name);
  const undone = async (work: () => Promise<unknown>): Promise<void> => {
    const run = transactions.run(async () => {
      await work();
      throw new Error('undo');
    });
    await expect(run).rejects.toThrow('undo');
  };

  it.each<[string, () => { execute(): Promise<unknown> }, string[]]>([
    ['an insert', () => items.createQueryBuilder().insert().values({ name: 'c' }), ['a', 'b', 'c']],
    ['an update', () => items.createQueryBuilder().update().set({ name: 'c' }).where({ name: 'a' }), ['c', 'b']],
    ['a delete', () => items.createQueryBuilder().delete().where({ name: 'a' }), ['b']],
    ['one of the data source', () => dataSource.createQueryBuilder().delete().from(Item), []],
    [
      'one of the manager',
      () => dataSource.manager.createQueryBuilder().insert().into(Item).values({ name: 'c' }),
      ['a', 'b', 'c'],
    ],
    ['a copy', () => items.createQueryBuilder('item').clone().delete().where({ name: 'b' }), ['a']],
  ])('takes part in it: %s', async (_, make, expected) => {
    const builder = make();
    await undone(async () => {
      await builder.execute();
      expect(await names()).toEqual(expected);
    });
    expect(await names()).toEqual(['a', 'b']);

    await transactions.run(() => builder.execute());
    expect(await names()).toEqual(expected);
  });

  it('reads what the transaction has written, by itself, with relations, and as a stream', async () => {
    const select = items.createQueryBuilder('item').leftJoinAndSelect('item.parent', 'parent').orderBy('item.id');
    const counting = items.createQueryBuilder('item').where('item.name = :name', { name: 'c' });
    await undone(async () => {
      await items.insert({ name: 'c', parent: { id: 1 } });
      expect((await select.getMany()).at(-1)).toMatchObject({ name: 'c', parent: { name: 'a' } });
      expect(await counting.getCount()).toBe(1);
      expect(await counting.getManyAndCount()).toMatchObject([[{ name: 'c' }], 1]);
      expect(await counting.getRawOne()).toMatchObject({ item_name: 'c' });
      if (on === 'SQLite') return;
      const rows: unknown[] = [];
      for await (const row of await counting.stream()) rows.push(row);
      expect(rows).toHaveLength(1);
    });
    expect(await counting.getExists()).toBe(false);
  });

  it('changes a relation in it', async () => {
    const relation = items.createQueryBuilder().relation('parent').of(2);
    await undone(async () => {
      await relation.set(1);
      expect(await relation.loadOne()).toMatchObject({ name: 'a' });
    });
    expect(await relation.loadOne()).toBeUndefined();
  });

  it('leaves the connection to the transaction when it is done', async () => {
    const builder = items.createQueryBuilder().update().set({ name: 'c' }).where({ name: 'a' });
    await transactions.run(async () => {
      await Promise.all([builder.execute(), builder.clone().execute(), items.insert({ name: 'd' })]);
      if (database) expect(poolStatistics(dataSource)).toMatchObject({ inUse: 1 });
      await transactions.run(() => builder.execute());
      await items.insert({ name: 'e' });
    });
    expect(await names()).toEqual(['c', 'b', 'd', 'e']);
    if (database) expect(poolStatistics(dataSource)).toMatchObject({ inUse: 0 });
  });

  it('is undone with the savepoint that it was executed in', async () => {
    const builder = items.createQueryBuilder().delete().where({ name: 'a' });
    await transactions.run(async () => {
      await items.insert({ name: 'c' });
      await undone(() => builder.execute());
    });
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  it('takes a connection of its own outside of one, also beside one', async () => {
    const builder = items.createQueryBuilder().delete().where({ name: 'a' });
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const run = transactions.run(async () => {
      begun.resolve();
      await go.promise;
      throw new Error('undo');
    });
    run.catch(() => undefined);
    await begun.promise;
    const executed = builder.execute();
    // On SQLite it waits for its turn.
    if (database) await executed;
    go.resolve();
    await executed;
    await expect(run).rejects.toThrow('undo');
    expect(await names()).toEqual(['b']);
  });

  it('fails in what goes on after the end of its transaction, made before it or inside', async () => {
    const before = items.createQueryBuilder().delete().where({ name: 'a' });
    const end = Promise.withResolvers<void>();
    const late = await transactions.run(async () => {
      const inside = items.createQueryBuilder().delete().where({ name: 'b' });
      const goOn = async (): Promise<unknown[]> => {
        await end.promise;
        return Promise.allSettled([before.execute(), inside.execute()]);
      };
      return { settled: goOn() };
    });
    end.resolve();

    expect(await late.settled).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'EGGY_DATABASE_TRANSACTION_ENDED' }) },
      { status: 'rejected', reason: expect.objectContaining({ code: 'EGGY_DATABASE_TRANSACTION_ENDED' }) },
    ]);
    expect(await names()).toEqual(['a', 'b']);
  });
});
