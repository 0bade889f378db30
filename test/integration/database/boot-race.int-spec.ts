import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../../support/database.js';
import { type NodeProcess, runNode } from '../../support/run-node.js';
import { databaseName } from '../../support/shared-flavour.js';

const REPLICAS = 8;
const PROGRAM = join(import.meta.dirname, 'programs/boot.mjs');

interface Up {
  report: { createdTables: string[]; initializedTables: string[] };
  rows: number;
}

const boot = (dsn: string, env: Record<string, string> = {}): NodeProcess =>
  runNode(PROGRAM, { env: { DSN: dsn, ...env } });

async function up(process: NodeProcess): Promise<Up> {
  const record = await process.waitForLog('up', 30_000);
  expect(await process.exited).toEqual({ code: 0, signal: null });
  expect(process.stderr).toBe('');
  return record as unknown as Up;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eggy-boot-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  [
    databaseName,
    async () => {
      const database = await createDatabase('boot');
      return { dsn: database.dsn, drop: () => database.drop() };
    },
  ],
  ['SQLite', async () => ({ dsn: `sqlite:${join(folder, 'new', 'boot.db')}`, drop: () => Promise.resolve() })],
])('replicas that boot at once on an empty %s', (_, create) => {
  it('all come up, and one of them makes and fills the tables', async () => {
    const { dsn, drop } = await create();
    const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => up(boot(dsn))));
    const appliers = replicas.filter(({ report }) => report.createdTables.length > 0);
    await drop();

    expect(appliers).toHaveLength(1);
    expect(appliers[0]?.report).toMatchObject({
      createdTables: ['table_0', 'table_1', 'table_2', 'table_3', 'table_4'],
      initializedTables: ['table_0'],
    });
    expect(replicas.map(({ rows }) => rows)).toEqual(replicas.map(() => 1));
  }, 60_000);
});

describe('a replica that is killed while it fills its new table', () => {
  it('leaves the work to the next one, which waits until the lock is free', async () => {
    await using database = await createDatabase('killed');
    const first = boot(database.dsn, { HANG: '30000' });
    await first.waitForLog('hanging');
    const second = boot(database.dsn);
    first.signal('SIGKILL');

    expect(await up(second)).toMatchObject({ report: { createdTables: [], initializedTables: ['table_0'] }, rows: 1 });
    expect(await up(boot(database.dsn))).toMatchObject({ report: { initializedTables: [] }, rows: 1 });
  }, 60_000);

  it('changes nothing at all on SQLite', async () => {
    const dsn = `sqlite:${join(folder, 'killed.db')}`;
    const first = boot(dsn, { HANG: '30000' });
    await first.waitForLog('hanging');
    first.signal('SIGKILL');
    await first.exited;

    expect(await up(boot(dsn))).toMatchObject({ report: { initializedTables: ['table_0'] }, rows: 1 });
  }, 60_000);
});

describe('a replica whose lock is held by a frozen one', () => {
  it('gets it when the frozen one has lost its connection', async () => {
    await using database = await createDatabase('frozen');
    const frozen = boot(database.dsn, { HANG: '500' });
    await frozen.waitForLog('hanging');
    frozen.signal('SIGSTOP');
    // The server would notice by itself after 30 s; here its connection is cut at once.
    const [holder] = await database.query<{ id: number }>(
      'SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID() LIMIT 1',
      [database.name],
    );
    await database.query(`KILL ${holder?.id}`);

    expect(await up(boot(database.dsn))).toMatchObject({ report: { initializedTables: ['table_0'] }, rows: 1 });
    frozen.signal('SIGCONT');
    expect((await frozen.exited).code).toBe(1);
  }, 60_000);
});
