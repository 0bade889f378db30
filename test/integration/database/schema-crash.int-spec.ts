import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type NodeProcess, runNode } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';

const TABLES = '6';
const LONG = 60_000;
const PROGRAM = join(import.meta.dirname, 'programs/fallible-boot.mjs');

// Programs take their time to start on a busy machine.
jest.setTimeout(2 * LONG);

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase('crash');
});
afterEach(() => database.drop());

const boot = (env: Record<string, string> = {}): NodeProcess =>
  runNode(PROGRAM, { env: { DSN: database.dsn, VERSION: 'v1', TABLES, ...env } });

/** What a replica tells that came up, with the warnings on its way. */
async function up(replica: NodeProcess): Promise<{ outcome: string; steps: number; told: string }> {
  const { outcome, steps } = await replica.waitForLog('up', LONG);
  await replica.exited;
  const told = replica.logs.filter(({ msg }) => msg === 'log').map(({ text }) => text);
  return { outcome: String(outcome), steps: Number(steps), told: told.join('\n') };
}

const historyOf = async (column: string): Promise<unknown[]> =>
  (await database.query(`SELECT ${column} AS value FROM eggy_schema_history ORDER BY started_at, seq`)).map(
    ({ value }) => value,
  );
const connections = (): Promise<{ id: number; info: string | null; state: string }[]> =>
  database.query(
    'SELECT id AS id, info AS info, state AS state FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()',
    [database.name],
  );

describe('a replica that is killed between two statements', () => {
  it('leaves the rest to the next start', async () => {
    const first = boot({ AFTER: '3', SIGNAL: 'SIGKILL' });
    expect((await first.exited).signal).toBe('SIGKILL');
    const second = await up(boot());

    expect(second.steps).toBe(Number(TABLES) - 3);
    expect(await historyOf('state')).toEqual(Array.from({ length: Number(TABLES) }, () => 'done'));
  });

  it('leaves the rest of an upgrade, foreign keys, indexes and wider columns, to the next start', async () => {
    await up(boot());
    await database.query("INSERT INTO table_0 (name) VALUES ('kept')");
    await boot({ VERSION: 'v2', AFTER: '5', SIGNAL: 'SIGKILL' }).exited;
    const second = await up(boot({ VERSION: 'v2' }));

    expect(second.steps).toBe(3 * Number(TABLES) - 5);
    expect(await database.query('SELECT name, stock FROM table_0')).toEqual([{ name: 'kept', stock: 3 }]);
    expect(await up(boot({ VERSION: 'v2' }))).toMatchObject({ outcome: 'unchanged' });
  });
});

describe('a replica that is killed while the server makes an index', () => {
  it('leaves the statement to the server, and the next start waits for it and goes on', async () => {
    const env = { TABLES: '1', VERSION: 'v2', COPY_MAX_ROWS: '1000' };
    await up(boot({ TABLES: '1' }));
    await database.query('INSERT INTO table_0 (name) VALUES ?', [
      Array.from({ length: 20_000 }, (_, n) => [`hen ${n}`]),
    ]);
    await database.query('ALTER TABLE table_0 ADD stock int NOT NULL DEFAULT 3');
    // A transaction that has read the table holds the statement up at its very end, so that there is time to kill.
    const reader = await createConnection({ ...database.address, database: database.name });
    await reader.query('START TRANSACTION');
    await reader.query('SELECT id FROM table_0 LIMIT 1');
    const first = boot(env);
    const second = boot(env);
    const waits = 'Another process is changing the schema';
    const isWaiting = ({ text }: Record<string, unknown>): boolean => String(text).includes(waits);
    const waiting = await Promise.any([first.waitForLog(isWaiting, LONG), second.waitForLog(isWaiting, LONG)]);
    const [holder, peer] = first.logs.includes(waiting) ? [second, first] : [first, second];
    await waitUntil(async () => (await connections()).some(({ info }) => /^(?:ALTER|CREATE)/.test(info ?? '')), {
      timeout: LONG,
      what: 'a statement that changes the table',
    });
    holder.signal('SIGKILL');
    await holder.exited;
    await reader.end();
    const { told } = await up(peer);

    expect(told).toContain('A former start was interrupted at table_0.');
    expect(await historyOf('state')).toContain('interrupted');
    expect(await database.query("SHOW INDEX FROM table_0 WHERE Key_name = 'by_stock_0'")).toHaveLength(2);
    expect(await database.query('SHOW COLUMNS FROM table_0 WHERE Type = "varchar(60)"')).toHaveLength(1);
  });
});

describe('a replica that freezes while it holds the lock', () => {
  it('changes nothing more when it has lost its connection, and its peer does the rest', async () => {
    const frozen = boot({ AFTER: '2', SIGNAL: 'SIGSTOP' });
    await frozen.waitForLog('stopping', LONG);
    const peer = boot();
    await peer.waitForLog(({ text }) => String(text).includes('Another process is changing the schema'), LONG);
    // The server would notice by itself after 30 s; here the connection is cut at once.
    const [holder] = await database.query<{ id: number }>(
      `SELECT IS_USED_LOCK(CONCAT('eggy:', LEFT(SHA2(DATABASE(), 256), 24))) AS id`,
    );
    await database.query(`KILL ${holder?.id}`);

    expect(await up(peer)).toMatchObject({ outcome: 'applied', steps: Number(TABLES) - 2 });
    const before = await historyOf('run');
    frozen.signal('SIGCONT');
    expect(await frozen.waitForLog('failed', LONG)).toMatchObject({ statements: 2 });
    expect((await frozen.exited).code).toBe(1);
    expect(await historyOf('run')).toEqual(before);
  });
});

describe('a replica whose connection the server ends', () => {
  it('fails, and its peer does the rest', async () => {
    const holder = boot({ AFTER: '2', SIGNAL: 'SIGSTOP' });
    await holder.waitForLog('stopping', LONG);
    for (const { id } of await connections()) await database.query(`KILL ${id}`);
    holder.signal('SIGCONT');
    await holder.waitForLog('failed', LONG);

    expect(await up(boot())).toMatchObject({ outcome: 'applied', steps: Number(TABLES) - 2 });
  });
});

describe('a replica whose lock is a row that it has lost', () => {
  it('changes nothing more, although its own connection still works', async () => {
    const holder = boot({ AFTER: '2', SIGNAL: 'SIGSTOP', LOCK: 'row' });
    await holder.waitForLog('stopping', LONG);
    const sql =
      'SELECT t.trx_mysql_thread_id AS id FROM information_schema.innodb_trx t ' +
      'JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.db = ?';
    // InnoDB makes this table anew only when nobody has looked at it for 100 ms.
    const lock = await waitUntil(async () => (await database.query<{ id: number }>(sql, [database.name]))[0], {
      what: 'the row to be locked',
      interval: 250,
    });
    await database.query(`KILL ${lock.id}`);
    holder.signal('SIGCONT');

    expect(await holder.waitForLog('failed', LONG)).toMatchObject({ code: 'EGGY_DATABASE_SCHEMA_LOCK', statements: 2 });
    expect(await historyOf('state')).toEqual(['done', 'done']);
  });
});
