import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import {
  CommitUnknownError,
  DatabaseHealthChecker,
  databaseErrorStatus,
  openDatabase,
  poolStatistics,
} from '@eggybyte/database';
import type { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { runNode } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';

const REQUESTS = 12;
/** Far above what acquire, connect and query timeout make together: only "for ever" is longer. */
const LONGEST_MS = 15_000;

/** Whom the outage meets during COMMIT cannot simply do it again. */
const isUnexpected = (error: unknown): boolean =>
  databaseErrorStatus(error)?.status !== 503 && !(error instanceof CommitUnknownError);

/** Requests that go on asking the database until they are told to stop. */
class Load {
  readonly errors: unknown[] = [];
  answered = 0;
  longestMs = 0;
  #stopped = false;
  readonly #done: Promise<unknown>;

  constructor(private readonly dataSource: DataSource) {
    this.#done = Promise.all(Array.from({ length: REQUESTS }, (_, n) => this.#request(n)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #request(n: number): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now();
      try {
        // Some of them in a transaction, which holds its connection for longer.
        if (n % 3 > 0) await this.dataSource.query('SELECT ? AS n', [n]);
        else await this.dataSource.transaction((manager) => manager.query('SELECT SLEEP(0.01)'));
        this.answered++;
      } catch (error) {
        this.errors.push(error);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - began);
      await sleep(5);
    }
  }
}

describe('under load', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let dataSource: DataSource;
  let health: DatabaseHealthChecker;
  const made = new Set<Socket>();
  const onSocket = (message: unknown): void => void made.add((message as { socket: Socket }).socket);

  beforeAll(async () => {
    subscribe('net.client.socket', onSocket);
    Logger.overrideLogger(false);
    server = await startMariaDb();
    database = await createDatabase('outage', server.address);
  }, 60_000);
  afterAll(async () => {
    unsubscribe('net.client.socket', onSocket);
    await server.stop();
  });
  beforeEach(async () => {
    dataSource = await openDatabase({
      dsn: database.dsn,
      maxOpenConns: 4,
      acquireTimeout: '1500ms',
      queryTimeout: '2s',
      connectTimeout: '2s',
    });
    health = new DatabaseHealthChecker(dataSource);
  });
  afterEach(() => dataSource.destroy());

  /** Open ones to this server: other files that the same process runs have sockets of their own. */
  const sockets = (): number =>
    [...made].filter(({ destroyed, remotePort }) => !destroyed && remotePort === server.address.port).length;
  const isUp = (timeoutMs = 500): Promise<boolean> =>
    health.check(AbortSignal.timeout(timeoutMs)).then(
      () => true,
      () => false,
    );
  const recovers = async (load: Load): Promise<void> => {
    await waitUntil(() => isUp(), { what: 'the check to pass' });
    const isCalm = async (): Promise<boolean> => {
      const { answered, errors } = load;
      const failed = errors.length;
      await sleep(300);
      return load.answered > answered + REQUESTS && errors.length === failed;
    };
    await waitUntil(isCalm, { what: 'requests to be answered again, and none to fail' });
    await load.stop();
  };
  const expectNothingLeft = async (): Promise<void> => {
    const counts = async () => {
      // Before this one opens another to ask.
      const open = sockets();
      const all = await database.query('SELECT id FROM information_schema.processlist WHERE db = ?', [database.name]);
      const { idle = 0, inUse, connecting, waiting } = poolStatistics(dataSource) ?? {};
      // Without the one that asks.
      return { idle, inUse, connecting, waiting, open, sessions: all.length - 1 };
    };
    let last: unknown;
    // In the end, and not at this very moment: a connection that was given up may still be closing.
    await waitUntil(
      async () => {
        const { idle, inUse, connecting, waiting, open, sessions } = (last = await counts());
        return inUse === 0 && connecting === 0 && waiting === 0 && open <= idle && sessions === idle;
      },
      { what: 'nothing but the connections of the pool to be left' },
    ).catch((cause: unknown) => {
      throw new Error(`Left are ${JSON.stringify(last)}`, { cause });
    });
  };

  it('a frozen server fails every request in time, and works again when it thaws, without a restart', async () => {
    const load = new Load(dataSource);
    await waitUntil(() => load.answered > 50, { what: 'the load' });
    expect(load.errors).toEqual([]);
    server.pause();
    await waitUntil(async () => !(await isUp()), { what: 'the check to fail' });
    await waitUntil(() => load.errors.length > 2 * REQUESTS, { what: 'requests to end' });
    expect(await isUp()).toBe(false);
    server.resume();

    await recovers(load);
    expect(load.longestMs).toBeLessThan(LONGEST_MS);
    expect(load.errors.filter(isUnexpected)).toEqual([]);
    const codes = new Set(load.errors.map((error) => (error as { code: string }).code));
    // It may freeze while each connection waits for a COMMIT.
    const [timeout, unknown] = ['EGGY_DATABASE_QUERY_TIMEOUT', 'EGGY_DATABASE_COMMIT_UNKNOWN'].map((code) =>
      codes.has(code),
    );
    expect(timeout || unknown).toBe(true);
    expect(codes).toContain('EGGY_DATABASE_ACQUIRE_TIMEOUT');
    await expectNothingLeft();
  }, 60_000);

  it('a server that is killed and comes back is used again within a probe', async () => {
    const load = new Load(dataSource);
    await waitUntil(() => load.answered > 50, { what: 'the load' });
    await server.kill();
    await waitUntil(() => load.errors.length > 2 * REQUESTS, { what: 'requests to fail' });
    expect(await isUp()).toBe(false);
    await server.restart();

    expect(await isUp(5000)).toBe(true);
    await recovers(load);
    expect(load.longestMs).toBeLessThan(LONGEST_MS);
    expect(load.errors.filter(isUnexpected)).toEqual([]);
    await expectNothingLeft();
  }, 60_000);

  it('a frozen server holds no process that has closed its database', async () => {
    const child = runNode(join(import.meta.dirname, 'programs/outage.mjs'), { env: { DSN: database.dsn } });
    await child.waitForLog('open');
    server.pause();

    const anyTimeout: unknown = expect.stringMatching(/^EGGY_DATABASE_(?:QUERY|ACQUIRE)_TIMEOUT$/);
    expect(await child.waitForLog('closed')).toEqual({ msg: 'closed', codes: [anyTimeout, anyTimeout] });
    expect(await child.exited).toMatchObject({ code: 0 });
    server.resume();
  }, 30_000);
});
