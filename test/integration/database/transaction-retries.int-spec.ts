import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openDatabase, SchemaMigrator, type TransactionRetry, Transactions } from '@eggybyte/database';
import { Column, type DataSource, Entity, PrimaryGeneratedColumn, QueryFailedError, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { leftOutUnless } from '../../support/shared-flavour.js';
import { opponent } from './opponent.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @Column({ default: 0 }) stock!: number;
}

let database: TestDatabase;
let dataSource: DataSource;
let items: Repository<Item>;
let transactions: Transactions;
let retries: TransactionRetry[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('retries');
  dataSource = await openDatabase({ dsn: database.dsn, entities: [Item], maxOpenConns: 3 });
  await new SchemaMigrator(dataSource).migrate();
  items = new Repository(Item, dataSource.manager);
});
beforeEach(async () => {
  await items.clear();
  await items.insert([{ name: 'a' }, { name: 'b' }]);
  retries = [];
  transactions = new Transactions(dataSource);
  transactions.onRetry.add((retry) => retries.push(retry));
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const stocks = async (): Promise<Record<string, number>> => {
  const rows = await database.query<Item>('SELECT name, stock FROM item ORDER BY name');
  return Object.fromEntries(rows.map(({ name, stock }) => [name, stock]));
};
const add = (name: string): Promise<unknown> => items.increment({ name }, 'stock', 1);
/** An error of the server, of any number; it rolls nothing back. */
const signal = (errno: number): Promise<unknown> =>
  dataSource.query(`SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = 'as if'`);
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );

/** Work that takes the row `a` and then `b`, by `second`; its first attempt meets an opponent who takes them the other way. */
async function deadlockOnce(second: () => Promise<unknown>, run: (work: () => Promise<void>) => Promise<unknown>) {
  const other = await opponent(database);
  let attempts = 0;
  try {
    const outcome = await failure(
      run(async () => {
        attempts++;
        await add('a');
        if (attempts === 1) await other.wants();
        await second();
      }),
    );
    return { outcome, attempts };
  } finally {
    await other.over();
  }
}

const deadlock = { code: 'ER_LOCK_DEADLOCK', errno: 1213 };

describe('a transaction that the server rolls back', () => {
  it('begins anew after a deadlock, and is committed once', async () => {
    const seen: number[] = [];
    let call = 0;
    const { outcome, attempts } = await deadlockOnce(
      () => add('b'),
      (work) =>
        transactions.run(async () => {
          const mine = ++call;
          transactions.afterCommit(() => void seen.push(mine));
          await work();
        }),
    );

    expect(outcome).toBe('resolved');
    expect(attempts).toBe(2);
    expect(seen).toEqual([2]);
    expect(await stocks()).toEqual({ a: 1, b: 1 });
    expect(retries).toEqual([{ attempt: 1, code: 'ER_LOCK_DEADLOCK' }]);
  });

  it('fails at once with the error of the server when it has no retries', async () => {
    const { outcome, attempts } = await deadlockOnce(
      () => add('b'),
      (work) => transactions.run(work, { retries: 0 }),
    );

    expect(outcome).toBeInstanceOf(QueryFailedError);
    expect(outcome).toMatchObject(deadlock);
    expect(outcome).not.toHaveProperty('attempts');
    expect(attempts).toBe(1);
    expect(await stocks()).toEqual({ a: 0, b: 0 });
  });

  it('begins anew as a whole when a nested one meets the deadlock, also when its error is caught', async () => {
    let outer = 0;
    const { outcome, attempts } = await deadlockOnce(
      () => transactions.run(() => add('b')).catch(() => undefined),
      (work) =>
        transactions.run(async () => {
          outer++;
          await transactions.run(work, { retries: 0 });
        }),
    );

    expect(outcome).toBe('resolved');
    expect({ outer, attempts }).toEqual({ outer: 2, attempts: 2 });
    expect(await stocks()).toEqual({ a: 1, b: 1 });
  });

  it('lets nothing through that comes after the deadlock, as it would be committed by itself', async () => {
    const refused: unknown[] = [];
    const { outcome } = await deadlockOnce(
      async () => {
        await add('b').catch(() => undefined);
        for (const late of [
          () => items.insert({ name: 'late' }),
          () => transactions.run(() => items.insert({ name: 'nested' })),
        ]) {
          refused.push(await failure(late()));
        }
      },
      (work) => transactions.run(work, { retries: 0 }),
    );

    const rolledBack = {
      code: 'EGGY_DATABASE_ROLLED_BACK',
      status: 503,
      cause: expect.objectContaining(deadlock),
    };
    expect(refused).toEqual([expect.objectContaining(rolledBack), expect.objectContaining(rolledBack)]);
    expect(outcome).toMatchObject(deadlock);
    expect(await stocks()).toEqual({ a: 0, b: 0 });
  });

  it('is not taken for committed when a statement that nobody awaits meets the deadlock', async () => {
    const { outcome, attempts } = await deadlockOnce(
      async () => void add('b').catch(() => undefined),
      (work) => transactions.run(work),
    );

    expect(outcome).toBe('resolved');
    expect(attempts).toBe(2);
    expect(await stocks()).toEqual({ a: 1, b: 1 });
  });

  it('is not taken for committed when a stream meets the deadlock', async () => {
    const locked = () => items.createQueryBuilder('item').where(`name = 'b'`).setLock('pessimistic_write').stream();
    const { outcome } = await deadlockOnce(
      async () => {
        const rows = await locked();
        for await (const _ of rows) break;
      },
      (work) => transactions.run(() => work().catch(() => undefined), { retries: 0 }),
    );

    expect(outcome).toMatchObject(deadlock);
    expect(await stocks()).toEqual({ a: 0, b: 0 });
  });

  it.each<[string, (work: () => Promise<void>) => Promise<unknown>]>([
    ['dataSource.transaction', (work) => dataSource.transaction(work)],
    ['run inside of it', (work) => dataSource.transaction(() => transactions.run(work))],
  ])('is left to the caller by %s', async (_, run) => {
    const { outcome, attempts } = await deadlockOnce(() => add('b'), run);

    expect(outcome).toMatchObject(deadlock);
    expect(attempts).toBe(1);
  });

  it('does not begin anew after its signal has aborted, in the work or in the pause', async () => {
    const inWork = new AbortController();
    let calls = 0;
    const first = transactions.run(
      async () => {
        calls++;
        inWork.abort();
        await signal(1213);
      },
      { signal: inWork.signal },
    );
    await expect(first).rejects.toMatchObject(deadlock);
    expect(calls).toBe(1);

    const never = transactions.run(async () => void calls++, { signal: AbortSignal.abort(new Error('too late')) });
    await expect(never).rejects.toThrow('too late');
    expect(calls).toBe(1);
  });

  it.each([1213, 1020, 8002, 8022, 8028, 9007])(
    'begins anew after error %i, three times unless told',
    async (errno) => {
      let calls = 0;
      const error = await failure(
        transactions.run(async () =>
          add('a')
            .then(() => signal(errno))
            .finally(() => calls++),
        ),
      );

      expect(error).toBeInstanceOf(QueryFailedError);
      expect(error).toMatchObject({ errno, attempts: 4 });
      expect(calls).toBe(4);
      expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(await stocks()).toEqual({ a: 0, b: 0 });
    },
  );

  it('does not begin anew after errors that would come again', async () => {
    let calls = 0;
    const work = async (): Promise<void> => {
      calls++;
      await items.insert({ name: 'a' });
    };

    await expect(transactions.run(work)).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(calls).toBe(1);
  });

  it('does not begin anew when a part of it is committed already, by TRUNCATE for example', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    let calls = 0;
    const run = transactions.run(async () => {
      calls++;
      await items.insert({ name: `${calls}` });
      await dataSource.query('CREATE TABLE IF NOT EXISTS other (id int)');
      await signal(1213);
    });

    await expect(run).rejects.toMatchObject(deadlock);
    expect(calls).toBe(1);
    expect(await stocks()).toHaveProperty('1');
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/has committed the transaction/));
    warn.mockRestore();
  });

  it('tells each retry in a debug record, with nothing of the statement', async () => {
    const debug = jest.spyOn(Logger.prototype, 'debug');
    let calls = 0;
    await transactions.run(async () => {
      if (++calls < 3) await signal(9007);
    });

    const records = debug.mock.calls.map(([record]) => record as { msg?: string });
    expect(records.filter(({ msg }) => msg === 'a transaction begins anew')).toEqual([
      { msg: 'a transaction begins anew', attempt: 1, code: '9007' },
      { msg: 'a transaction begins anew', attempt: 2, code: '9007' },
    ]);
    debug.mockRestore();
  });

  const reason = leftOutUnless('mariadb');
  (reason ? describe.skip : describe)(`with innodb_snapshot_isolation${reason ? `, left out: ${reason}` : ''}`, () => {
    it('begins anew when a row has changed since its snapshot', async () => {
      let calls = 0;
      await transactions.run(async () => {
        await dataSource.query('SET SESSION innodb_snapshot_isolation = ON');
        await items.find();
        if (++calls === 1) await database.query(`UPDATE item SET stock = 10 WHERE name = 'a'`);
        await add('a');
        await dataSource.query('SET SESSION innodb_snapshot_isolation = OFF');
      });

      expect(calls).toBe(2);
      expect(retries).toEqual([{ attempt: 1, code: expect.stringMatching(/ER_CHECKREAD/) }]);
      expect(await stocks()).toEqual({ a: 11, b: 0 });
    });
  });
});
