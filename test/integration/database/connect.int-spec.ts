import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseErrorStatus, openDatabase } from '@eggybyte/database';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { freePort } from '../../support/free-port.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { databaseName, sharedFlavour } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

let database: TestDatabase;
beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('connect');
});
afterAll(() => database.drop());

/** Connections that the server holds for this database. */
async function connections(): Promise<number> {
  const [row] = await database.query<{ n: unknown }>(
    'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()',
    [database.name],
  );
  return Number(row?.n);
}

const dsnWith = (change: Partial<TestDatabase['address']>, name = database.name, parameters = ''): string => {
  const { user, password, host, port } = { ...database.address, ...change };
  return `${user}:${password}@tcp(${host}:${port})/${name}${parameters}`;
};

describe(`openDatabase on ${databaseName}`, () => {
  it.each(['dsn', 'url'] as const)(
    'connects by the %s, asks which server it is, and ends all connections',
    async (form) => {
      const dataSource = await openDatabase({ dsn: database[form] });

      expect(dataSource.options.type).toBe(sharedFlavour);
      expect(await dataSource.query('SELECT @@time_zone AS zone, @@character_set_client AS charset')).toEqual([
        { zone: '+00:00', charset: 'utf8mb4' },
      ]);
      await dataSource.destroy();
      await waitUntil(async () => (await connections()) === 0, { what: 'the end of all connections' });
    },
  );

  it('begins every connection of the pool with the system variables of the DSN', async () => {
    const parameters = '?sql_mode=%27ANSI_QUOTES%27&wait_timeout=77&time_zone=%27%2B02:00%27';
    const dataSource = await openDatabase({ dsn: dsnWith({}, database.name, parameters), maxOpenConns: 4 });
    const seen = await Promise.all(
      Array.from({ length: 8 }, () =>
        dataSource.query(
          'SELECT @@sql_mode AS mode, @@wait_timeout AS wait, @@time_zone AS zone, SLEEP(0.02) + 0.5 AS s',
        ),
      ),
    );

    expect(seen).toEqual(seen.map(() => [{ mode: 'ANSI_QUOTES', wait: '77', zone: '+02:00', s: '0.5' }]));
    expect(await connections()).toBeLessThanOrEqual(4);
    await dataSource.destroy();
  });

  it('closes idle connections down to the limit, and refuses more waiting requests than it can serve', async () => {
    const dataSource = await openDatabase({
      dsn: database.dsn,
      maxOpenConns: 2,
      maxIdleConns: 1,
      connMaxIdleTime: '1s',
    });
    const busy = Array.from({ length: 30 }, () => dataSource.query('SELECT SLEEP(0.05)'));
    const settled = await Promise.allSettled(busy);

    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(22);
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'EGGY_DATABASE_SATURATED', status: 503 },
    });
    await waitUntil(async () => (await connections()) <= 1, { what: 'idle connections to be closed' });
    await dataSource.destroy();
  });

  it('takes a session that an administrator has ended for an unavailable database', async () => {
    const dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 1 });
    const [{ id }] = await dataSource.query<[{ id: unknown }]>('SELECT CONNECTION_ID() AS id');
    const failure = dataSource.query('SELECT SLEEP(20)').catch((error: unknown) => databaseErrorStatus(error));
    const isAsleep = async (): Promise<boolean> =>
      (
        await database.query('SELECT 1 FROM information_schema.processlist WHERE id = ? AND info LIKE ?', [
          id,
          '%SLEEP%',
        ])
      ).length > 0;
    await waitUntil(isAsleep, { what: 'the statement' });
    await database.query(`KILL ${Number(id)}`);

    expect(await failure).toMatchObject({ status: 503, code: 'EGGY_DATABASE_UNAVAILABLE' });
    await dataSource.destroy();
  });

  it.each<[string, () => string, string, RegExp]>([
    ['a wrong password', () => dsnWith({ password: 'Wr0ng:Secret' }), 'EGGY_DATABASE_ACCESS', /refuses the user/],
    ['an unknown user', () => dsnWith({ user: 'nobody' }), 'EGGY_DATABASE_ACCESS', /nobody/],
    ['an unknown database', () => dsnWith({}, 'no_such_database'), 'EGGY_DATABASE_UNKNOWN', /no_such_database/],
    ['an unknown system variable', () => dsnWith({}, undefined, '?no_such=1'), 'EGGY_DATABASE_DSN', /system variable/],
    ['a bad value of one', () => dsnWith({}, undefined, "?sql_mode='EGGS'"), 'EGGY_DATABASE_DSN', /system variable/],
    ['an unknown charset', () => dsnWith({}, undefined, '?charset=utf99'), 'EGGY_DATABASE_DSN', /utf99/],
    ['TLS that the server has not', () => dsnWith({}, undefined, '?tls=true'), 'EGGY_DATABASE_TLS', /TLS/],
  ])('fails at once on %s, without its password and without a connection left', async (_, dsn, code, message) => {
    const began = performance.now();
    const failure = openDatabase({ dsn: dsn(), connectDeadline: '30s' });

    await expect(failure).rejects.toMatchObject({ code });
    await expect(failure).rejects.toThrow(message);
    await failure.catch((error: Error) => {
      expect(`${error.stack} ${String(error.cause)}`).not.toMatch(/Wr0ng|p@ss/);
    });
    expect(performance.now() - began).toBeLessThan(5000);
    await waitUntil(async () => (await connections()) === 0, { what: 'the end of all connections' });
  });

  it('goes on without TLS where the DSN allows it', async () => {
    const dataSource = await openDatabase({ dsn: dsnWith({}, undefined, '?tls=preferred') });

    expect(await dataSource.query("SELECT 'one' AS it")).toEqual([{ it: 'one' }]);
    await dataSource.destroy();
  });

  it('gives up at the deadline when nothing listens, saying where and why', async () => {
    const port = await freePort();
    const failure = openDatabase({ dsn: dsnWith({ host: '127.0.0.1', port }), connectDeadline: '700ms' });

    await expect(failure).rejects.toMatchObject({ code: 'EGGY_DATABASE_CONNECTION', status: 503 });
    await expect(failure).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${port}/.*ECONNREFUSED`));
  });

  it('stops trying when the signal aborts, in the middle of an attempt too', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const failure = openDatabase({ dsn: dsnWith({ host: '192.0.2.1' }), connectTimeout: '20s' }, controller.signal);
    setTimeout(() => controller.abort(reason), 100);
    const began = performance.now();

    await expect(failure).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('openDatabase on a server that comes and goes', () => {
  let server: TestMariaDb;
  let own: TestDatabase;
  beforeAll(async () => {
    server = await startMariaDb();
    own = await createDatabase('restart', server.address);
  }, 30_000);
  afterAll(() => server.stop());

  it('waits for a server that is not there yet', async () => {
    await server.kill();
    const opening = openDatabase({ dsn: own.dsn, connectDeadline: '20s' });
    await sleep(300);
    await server.restart();
    const dataSource = await opening;

    expect(await dataSource.query("SELECT 'one' AS it")).toEqual([{ it: 'one' }]);
    await dataSource.destroy();
  }, 30_000);

  it('takes a frozen server for one that cannot be reached, and waits until it thaws', async () => {
    server.pause();
    const tooLate = openDatabase({ dsn: own.dsn, connectTimeout: '200ms', connectDeadline: '500ms' });
    await expect(tooLate).rejects.toMatchObject({ code: 'EGGY_DATABASE_CONNECTION', why: 'ETIMEDOUT' });

    const opening = openDatabase({ dsn: own.dsn, connectTimeout: '300ms', connectDeadline: '20s' });
    await sleep(400);
    server.resume();
    await (await opening).destroy();
  }, 30_000);

  it('works again after a restart of the server, with new connections', async () => {
    const dataSource = await openDatabase({ dsn: own.dsn, maxOpenConns: 3 });
    await Promise.all([1, 2, 3].map(() => dataSource.query('SELECT SLEEP(0.05)')));
    const cut = dataSource.query('SELECT SLEEP(20)');
    cut.catch(() => undefined);
    await sleep(50);
    await server.kill();

    await expect(cut).rejects.toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    await expect(dataSource.query('SELECT 1')).rejects.toMatchObject({
      code: 'EGGY_DATABASE_CONNECTION',
      why: 'ECONNREFUSED',
    });
    await server.restart();
    expect(await dataSource.query('SELECT @@time_zone AS zone')).toEqual([{ zone: '+00:00' }]);
    await dataSource.destroy();
  }, 30_000);
});
