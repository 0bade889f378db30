import type { Transactions } from '@eggybyte/database';

export const ACCOUNTS = 12;
export const BALANCE = 1000;

/** What a caller was told of a transfer, and what it was about. */
export interface Told {
  id: number;
  from: number;
  to: number;
  amount: number;
  /** `undefined` when it resolved. */
  error: unknown;
}

export type Query = (sql: string, values?: unknown[]) => Promise<unknown>;

/** Accounts with money, and a journal of the transfers between them. */
export async function openAccounts(query: Query): Promise<void> {
  await query('CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)');
  await query('CREATE TABLE journal (id int PRIMARY KEY)');
  for (let id = 0; id < ACCOUNTS; id++) await query(`INSERT INTO account VALUES (${id}, ${BALANCE})`);
}

export interface Transfers {
  transactions: Transactions;
  count: number;
  concurrency: number;
  retries: number;
  /** Whether each writes down that it has been. */
  withJournal?: boolean;
}

/** Transfers of random amounts between random accounts, in random order, so many at a time. */
export async function transferAll({
  transactions,
  count,
  concurrency,
  retries,
  withJournal = false,
}: Transfers): Promise<Told[]> {
  const told: Told[] = [];
  const ids = Array.from({ length: count }, (_, id) => id).values();
  const transfer = async (id: number): Promise<void> => {
    const from = Math.floor(Math.random() * ACCOUNTS);
    const to = (from + 1 + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS;
    const amount = 1 + Math.floor(Math.random() * 9);
    const update = 'UPDATE account SET balance = balance + ? WHERE id = ?';
    const work = transactions.run(
      async (manager) => {
        await manager.query(update, [-amount, from]);
        await manager.query(update, [amount, to]);
        if (withJournal) await manager.query(`INSERT INTO journal VALUES (${id})`);
      },
      { retries },
    );
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    told.push({ id, from, to, amount, error });
  };
  const worker = async (): Promise<void> => {
    for (const id of ids) await transfer(id);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return told;
}

/** Ids of the transfers whose journal does not agree with what their callers were told. */
export function liesIn(told: readonly Told[], journal: ReadonlySet<number>): number[] {
  return told
    .filter(({ id, error }) => !isUnknown(error) && journal.has(id) !== (error === undefined))
    .map(({ id }) => id);
}

export function isUnknown(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'EGGY_DATABASE_COMMIT_UNKNOWN';
}

/** Balances as the transfers of the journal make them. */
export function balancesBy(told: readonly Told[], journal: ReadonlySet<number>): number[] {
  const balances = Array.from({ length: ACCOUNTS }, () => BALANCE);
  for (const { id, from, to, amount } of told) {
    if (!journal.has(id)) continue;
    balances[from]! -= amount;
    balances[to]! += amount;
  }
  return balances;
}
