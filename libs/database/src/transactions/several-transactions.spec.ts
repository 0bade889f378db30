import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, type DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { openDatabase } from '../open-database.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import type { TransactionOptions } from './transaction.options.js';
import { Transactions } from './transactions.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

interface World {
  dataSource: DataSource;
  items: Repository<Item>;
  transactions: Transactions;
}

let a: World;
let b: World;

async function open(): Promise<World> {
  const dataSource = await openDatabase({ dsn: 'sqlite::memory:', entities: [Item] });
  await new SchemaMigrator(dataSource).migrate();
  return { dataSource, items: new Repository(Item, dataSource.manager), transactions: new Transactions(dataSource) };
}

beforeEach(async () => {
  Logger.overrideLogger(false);
  [a, b] = await Promise.all([open(), open()]);
});
afterEach(() => Promise.all([a.dataSource.destroy(), b.dataSource.destroy()]));

const fail = (): never => {
  throw new Error('undo');
};

describe('transactions of two data sources', () => {
  it('stand on their own when one is inside of the other', async () => {
    const run = a.transactions.run(async () => {
      await a.items.insert({ name: 'of A' });
      await b.transactions.run(() => Promise.all([b.items.insert({ name: 'of B' }), a.items.insert({ name: 'of A' })]));
      fail();
    });

    await expect(run).rejects.toThrow('undo');
    expect(await a.items.count()).toBe(0);
    expect(await b.items.count()).toBe(1);
  });

  it('have their own actions after their own commit, wherever these are registered', async () => {
    const seen: string[] = [];
    await a.transactions.run(async () => {
      await b.transactions.run(async () => {
        a.transactions.afterCommit(() => void seen.push('of A'));
        b.transactions.afterCommit(() => void seen.push('of B'));
      });
      seen.push('B is over');
    });

    expect(seen).toEqual(['of B', 'B is over', 'of A']);
  });
});

describe('an action after the commit', () => {
  it('may run transactions of its own, with actions of their own', async () => {
    const seen: string[] = [];
    await a.transactions.run(async () => {
      a.transactions.afterCommit(async () => {
        await a.transactions.run(async () => {
          await a.items.insert({ name: 'kept' });
          a.transactions.afterCommit(() => void seen.push('inner'));
        });
        const undone = a.transactions.run(() => a.items.insert({ name: 'undone' }).then(fail));
        await expect(undone).rejects.toThrow('undo');
        seen.push('outer');
      });
      a.transactions.afterCommit(() => void seen.push('next'));
    });

    expect(seen).toEqual(['inner', 'outer', 'next']);
    expect(await a.items.find()).toMatchObject([{ name: 'kept' }]);
  });

  it('of a savepoint vanishes with any savepoint around it', async () => {
    const seen: string[] = [];
    await a.transactions.run(async () => {
      const middle = a.transactions.run(async () => {
        await a.transactions.run(async () => a.transactions.afterCommit(() => void seen.push('never')));
        fail();
      });
      await expect(middle).rejects.toThrow('undo');
    });

    expect(seen).toEqual([]);
  });

  it('that fails at once or later leaves the result and the other actions as they are', async () => {
    const seen: string[] = [];
    const result = await a.transactions.run(async () => {
      a.transactions.afterCommit(fail);
      a.transactions.afterCommit(() => Promise.reject(new Error('later')));
      a.transactions.afterCommit(() => void seen.push('last'));
      return 'result';
    });

    expect(result).toBe('result');
    expect(seen).toEqual(['last']);
  });
});

describe('the options of a transaction', () => {
  it.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'take the isolation %s on SQLite, as its own is the strictest',
    async (isolation) => {
      await a.transactions.run(() => a.items.insert({ name: 'x' }), { isolation });

      expect(await a.items.count()).toBe(1);
    },
  );

  it.each<[TransactionOptions, RegExp]>([
    [{ isolation: 'SNAPSHOT' as never }, /`isolation` to be one of READ UNCOMMITTED, .*got `SNAPSHOT`/],
    [{ retries: -1 }, /`retries` to be an integer from 0 on, got `-1`/],
    [{ retries: 1.5 }, /got `1.5`/],
    [{ retries: Number.NaN }, /got `NaN`/],
  ])('are refused when they make no sense: %j', async (options, message) => {
    const run = a.transactions.run(() => Promise.resolve(), options);

    await expect(run).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
    await expect(run).rejects.toThrow(message);
  });

  it.each<[TransactionOptions, RegExp]>([
    [{}, /that of the transaction around it, which is absent/],
    [{ isolation: 'READ COMMITTED' }, /around it, which is `READ COMMITTED`, got `SERIALIZABLE`/],
  ])('cannot ask for another isolation inside of %j', async (outer, message) => {
    await a.transactions.run(async () => {
      const inner = a.transactions.run(() => Promise.resolve(), { isolation: 'SERIALIZABLE' });
      await expect(inner).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
      await expect(inner).rejects.toThrow(message);
      await a.transactions.run(() => a.items.insert({ name: 'same' }), outer);
      await a.items.insert({ name: 'goes on' });
    }, outer);

    expect(await a.items.count()).toBe(2);
  });

  it('need a data source of this package', async () => {
    const stranger = new Transactions({ options: { type: 'postgres' } } as DataSource);

    await expect(stranger.run(() => Promise.resolve())).rejects.toThrow(/openDatabase has made, got `postgres`/);
  });
});
