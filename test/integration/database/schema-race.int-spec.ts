import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type NodeProcess, runNode } from '../../support/run-node.js';

const REPLICAS = 20;
const TABLES = 6;
const PROGRAM = join(import.meta.dirname, 'programs/rounds.mjs');

interface Round {
  /** For whoever reads this. */
  what: string;
  dsn: string;
  version: 'v1' | 'v2';
  lock: 'auto' | 'row' | 'none';
  tables: number;
}

interface Up {
  outcome: string;
  steps: number;
  drift: unknown[];
  filled: number;
}

// Programs take their time to start on a busy machine.
jest.setTimeout(120_000);

let folder: string;
let databases: TestDatabase[];
let rounds: Round[];
let replicas: NodeProcess[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eggy-rounds-'));
  databases = await Promise.all(Array.from({ length: 5 }, () => createDatabase('race')));
  const on = (at: number, more: Pick<Round, 'what'> & Partial<Round>): Round => ({
    dsn: databases[at]?.dsn ?? '',
    version: 'v1',
    lock: 'auto',
    tables: TABLES,
    ...more,
  });
  rounds = [
    on(0, { what: 'an empty database' }),
    on(1, { what: 'a second empty database' }),
    on(2, { what: 'a third empty database' }),
    on(3, { what: 'an empty database with a locked row', lock: 'row' }),
    on(0, { what: 'an empty SQLite file', dsn: `sqlite:${join(folder, 'race.db')}` }),
    on(0, { what: 'filled tables of an older version', version: 'v2' }),
    on(1, { what: 'more filled tables of an older version', version: 'v2' }),
    on(4, { what: 'an empty database without any lock', lock: 'none' }),
    on(4, { what: 'filled tables of an older version without any lock', lock: 'none', version: 'v2' }),
  ];
  const env = { ROUNDS: JSON.stringify(rounds), GO: folder };
  replicas = Array.from({ length: REPLICAS }, () => runNode(PROGRAM, { env, until: 'file' }));
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  await rm(folder, { recursive: true, force: true });
});

/** All replicas at once, when the last of them is ready. */
async function play(round: number): Promise<Up[]> {
  await Promise.all(replicas.map((replica) => replica.waitForLog({ msg: 'ready', round }, 60_000)));
  await writeFile(join(folder, String(round)), '');
  const isUp = (record: Record<string, unknown>): boolean => record['msg'] === 'up' && record['round'] === round;
  return (await Promise.all(replicas.map((replica) => replica.waitForLog(isUp, 60_000)))) as unknown as Up[];
}

const fill = async (database: TestDatabase | undefined): Promise<void> => {
  for (let n = 0; n < TABLES; n++) await database?.query(`INSERT INTO table_${n} (name) VALUES ('a'), ('b'), ('c')`);
};
const structure = async (database: TestDatabase | undefined): Promise<unknown> =>
  (
    await database?.query(
      'SELECT table_name AS t, index_name AS i, column_name AS c FROM information_schema.statistics ' +
        "WHERE table_schema = DATABASE() AND table_name LIKE 'table%' ORDER BY 1, 2, 3",
    )
  )?.map((row) => Object.values(row).join());

const onlyApplier = (ups: readonly Up[]): Up | undefined => {
  expect(ups.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(REPLICAS - 1);
  expect(ups.flatMap(({ drift }) => drift)).toEqual([]);
  return ups.find(({ outcome }) => outcome === 'applied');
};

// Each round goes on where the one before has ended, so their order is that of the list.
describe(`${REPLICAS} replicas that boot at once`, () => {
  it.each([
    [0, 'an empty database'],
    [1, 'a second one'],
    [2, 'a third one'],
    [3, 'one whose lock is a row'],
    [4, 'an empty SQLite file'],
  ])('all come up, and one of them does all of the work: round %i, %s', async (round) => {
    const ups = await play(round);

    expect(onlyApplier(ups)).toMatchObject({ filled: 1 });
    expect(ups.filter(({ filled }) => filled > 0)).toHaveLength(1);
  });

  it.each([
    [5, 0],
    [6, 1],
  ])('all come up on filled tables of an older version: round %i, database %i', async (round, at) => {
    const database = databases[at];
    await fill(database);
    const ups = await play(round);

    // A column, an index and a wider column for each table.
    expect(onlyApplier(ups)?.steps).toBe(3 * TABLES);
    expect(await database?.query('SELECT name, stock FROM table_1 ORDER BY name')).toEqual([
      { name: 'a', stock: 3 },
      { name: 'b', stock: 3 },
      { name: 'c', stock: 3 },
    ]);
    expect(await structure(database)).toEqual(await structure(databases[0]));
  });

  it('all come up without any lock, and come to the same', async () => {
    const [created, upgraded] = [await play(7).then(() => fill(databases[4])), await play(8)];

    expect(created).toBeUndefined();
    expect(upgraded.flatMap(({ drift }) => drift)).toEqual([]);
    expect(await structure(databases[4])).toEqual(await structure(databases[0]));
    expect(await databases[4]?.query('SELECT COUNT(*) AS n FROM table_5')).toEqual([{ n: 3 }]);
  });
});
