import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { urlDsn } from '../support/dsn.js';
import { freePort } from '../support/free-port.js';
import { startMariaDb, type TestMariaDb } from '../support/mariadb.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { Clients } from './clients.js';
import type { Replicas } from './replicas.js';
import { users } from './users-service.js';

const EXISTING = join(import.meta.dirname, 'fixtures/existing-database-service.mjs');
const WORKERS = 16;
/** How much later than the service the balancer learns of the stop; well below the drain delay. */
const PROPAGATION_MS = 150;
const DRAIN_DELAY = '600ms';

/** Parts of the stop that use the database, in order; the last two are those of Nest's hooks. */
const STOPPED = ['service stopped', 'initializer closed'];
const HOOKS = ['service stopped', 'onModuleDestroy', 'onApplicationShutdown', 'initializer closed', 'global hook'];

describe('a service that keeps its TypeOrmModule', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startMariaDb();
    database = await createDatabase('existing', server.address);
    await database.query('CREATE TABLE step (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(99) NOT NULL)');
    // Each process is a user of its own, so that its connections can be told from the others'.
    for (const user of ['first', 'second']) {
      await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'`);
      await database.query(`GRANT ALL ON ${database.name}.* TO '${user}'@'%'`);
    }
  });
  beforeEach(() => database.query('TRUNCATE step'));
  afterAll(() => server.stop());

  const start = (user: string, env: Record<string, string>): NodeProcess => {
    const DATABASE_URL = urlDsn({ ...server.address, user, password: 'secret' }, database.name);
    // What a busy machine makes slow is no warning of the stop.
    const own = { DATABASE_URL, DATABASE_TYPE: server.flavour, DATABASE_SLOW_QUERY: '0s' };
    return runNode(EXISTING, { env: users({ ...own, SHUTDOWN_DRAIN_DELAY: DRAIN_DELAY, ...env }) });
  };
  const connectionsOf = async (user: string): Promise<number> =>
    (await database.query('SELECT id FROM information_schema.processlist WHERE user = ?', [user])).length;
  const noneOf = (user: string): Promise<boolean> =>
    waitUntil(async () => (await connectionsOf(user)) === 0, { what: `the end of the connections of ${user}` });
  /** Clients that the server lost without a word; counted when their connections are gone. */
  const aborted = async (): Promise<number> => {
    await Promise.all(['first', 'second'].map(noneOf));
    const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Aborted_clients'");
    return Number(row?.Value);
  };
  const steps = async (): Promise<unknown[]> =>
    (await database.query('SELECT name FROM step ORDER BY id')).map(({ name }) => name);

  describe.each(['fastify', 'express'])('on %s', (adapter) => {
    it.each([
      ['bootstrap', HOOKS],
      ['adopted', HOOKS],
      ['hooks', HOOKS],
      ['listen', STOPPED],
    ])('fails no request and leaves no connection behind (%s)', async (how, expected) => {
      const lost = await aborted();
      const env = { HTTP_ADAPTER: adapter, HOW: how };
      const [first, second] = [start('first', env), start('second', env)];
      const ready = await Promise.all([first.waitForLog('ready'), second.waitForLog('ready')]);
      let ports = ready.map(({ url }) => Number(new URL(String(url)).port));
      const all = ports;
      let turn = 0;
      const pick = (): number => ports[turn++ % ports.length] ?? 0;
      const clients = new Clients({ pick } as unknown as Replicas, 'request', WORKERS);
      await waitUntil(async () => (await connectionsOf('first')) > 1, { what: 'load on the first' });

      first.signal('SIGTERM');
      await sleep(PROPAGATION_MS);
      ports = all.slice(1);
      expect(await first.exited).toEqual({ code: 0, signal: null });
      await noneOf('first');
      const { failed, total } = await clients.stop();
      expect(failed).toEqual([]);
      expect(total).toBeGreaterThan(WORKERS);
      expect(await steps()).toEqual(expected);

      second.signal('SIGTERM');
      expect(await second.exited).toEqual({ code: 0, signal: null });
      expect(await aborted()).toBe(lost);
      expect(await database.query('SHOW TABLES')).toHaveLength(1);
      expect([first.stderr, second.stderr]).toEqual(['', '']);
      for (const { logs } of [first, second]) {
        expect(logs.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
      }
    });
  });

  it('closes its connections also when a hook hangs that would have come before', async () => {
    const lost = await aborted();
    const env = { HOW: 'bootstrap', HANG: '1', SHUTDOWN_TIMEOUT: '4s', SHUTDOWN_DRAIN_DELAY: '0s' };
    const service = start('first', env);
    const { url } = await service.waitForLog('ready');
    expect((await fetch(`${String(url)}/work`)).status).toBe(200);
    service.signal('SIGTERM');
    expect((await service.exited).code).toBe(1);
    expect(await steps()).toEqual(STOPPED);
    expect(await aborted()).toBe(lost);
  });

  it.each(['bootstrap', 'listen'])('ends in time, with 1, when the server is frozen (%s)', async (how) => {
    const service = start('first', { HOW: how, SHUTDOWN_TIMEOUT: '4s', SHUTDOWN_DRAIN_DELAY: '0s' });
    const { url } = await service.waitForLog('ready');
    expect((await fetch(`${String(url)}/work`)).status).toBe(200);
    server.pause();
    try {
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 1, signal: null });
    } finally {
      server.resume();
    }
  });

  it.each(['DATABASE_URL', 'SECOND_URL'])('honours SIGTERM while TypeOrmModule goes on trying %s', async (variable) => {
    const service = start('first', {
      HOW: 'bootstrap',
      [variable]: `mysql://nobody@127.0.0.1:${await freePort()}/none`,
    });
    await service.waitForLog(({ msg }) => String(msg).startsWith('Unable to connect to the database'));
    service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    await noneOf('first');
  });
});
