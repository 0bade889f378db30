import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Column,
  type DataSource,
  Entity,
  type EntitySubscriberInterface,
  PrimaryGeneratedColumn,
  Repository,
} from 'typeorm';
import { openDatabase } from '../open-database.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import { Transactions } from './transactions.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

type Event =
  | 'beforeTransactionStart'
  | 'afterTransactionStart'
  | 'beforeTransactionCommit'
  | 'afterTransactionCommit'
  | 'beforeTransactionRollback'
  | 'afterTransactionRollback';

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

/** Throws at the given occurrence of the event, from 1 on, and never again. */
function failAt(event: Event, occurrence: number): void {
  let seen = 0;
  const subscriber: EntitySubscriberInterface = {
    [event]: () => {
      seen++;
      if (seen === occurrence) throw new Error('subscriber');
    },
  };
  dataSource.subscribers.push(subscriber);
}
const names = async (): Promise<string[]> => (await items.find({ order: { id: 'ASC' } })).map(({ name }) => name);
const insert = (name: string): Promise<unknown> => items.insert({ name });
const fail = (): never => {
  throw new Error('undo');
};
const outcome = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'resolved',
    ({ message }: Error) => message,
  );

/** Whatever happened, the next transactions commit and roll back what they should. */
async function expectSound(): Promise<void> {
  const before = await names();
  await transactions.run(() => insert('next'));
  await outcome(transactions.run(() => insert('undone').then(fail)));
  expect(await names()).toEqual([...before, 'next']);
}

describe('a subscriber of TypeORM that throws', () => {
  it.each<[Event, boolean, string, string[], string[]]>([
    ['beforeTransactionStart', false, 'subscriber', [], []],
    ['afterTransactionStart', false, 'subscriber', [], []],
    ['beforeTransactionCommit', false, 'subscriber', [], []],
    ['afterTransactionCommit', false, 'resolved', ['a'], ['seen']],
    ['beforeTransactionRollback', true, 'undo', [], []],
    ['afterTransactionRollback', true, 'undo', [], []],
  ])('at %s changes nothing about what is told of the transaction', async (event, undo, told, left, actions) => {
    failAt(event, 1);
    const seen: string[] = [];
    const run = transactions.run(async () => {
      transactions.afterCommit(() => void seen.push('seen'));
      await insert('a');
      if (undo) fail();
    });

    expect(await outcome(run)).toBe(told);
    expect(await names()).toEqual(left);
    expect(seen).toEqual(actions);
    await expectSound();
  });

  it.each<[Event, boolean, string, string[]]>([
    ['beforeTransactionStart', false, 'subscriber', ['outer', 'after']],
    ['afterTransactionStart', false, 'subscriber', ['outer', 'after']],
    ['beforeTransactionCommit', false, 'subscriber', ['outer', 'after']],
    ['afterTransactionCommit', false, 'resolved', ['outer', 'inner', 'after']],
    ['afterTransactionRollback', true, 'undo', ['outer', 'after']],
  ])('at %s of a nested one leaves the outer one whole', async (event, undo, told, left) => {
    failAt(event, event.endsWith('Start') ? 2 : 1);
    let inner: unknown;
    await transactions.run(async () => {
      await insert('outer');
      inner = await outcome(
        transactions.run(async () => {
          await insert('inner');
          if (undo) fail();
        }),
      );
      await insert('after');
    });

    expect(inner).toBe(told);
    expect(await names()).toEqual(left);
    await expectSound();
  });

  it('so that a nested one cannot be undone undoes the outer one', async () => {
    failAt('beforeTransactionRollback', 1);
    const run = transactions.run(async () => {
      await insert('outer');
      await outcome(transactions.run(() => insert('inner').then(fail)));
      await insert('after').catch(() => undefined);
    });

    expect(await outcome(run)).toBe('subscriber');
    expect(await names()).toEqual([]);
    await expectSound();
  });
});
