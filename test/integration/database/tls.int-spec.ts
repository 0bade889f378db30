import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type DatabaseTls, openDatabase, type OpenDatabaseOptions, poolStatistics } from '@eggybyte/database';
import type { DataSource } from 'typeorm';
import { makeAuthority, type TestAuthority } from '../../support/certificates.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { goDsn } from '../../support/dsn.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';

type Certificates = Record<'ca' | 'cert' | 'key', string>;

const NAMES = { dns: ['localhost'] };

describe('TLS to a server that has it', () => {
  let authority: TestAuthority;
  let server: TestMariaDb;
  let database: TestDatabase;
  const open: DataSource[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    authority = makeAuthority();
    server = await startMariaDb({ tls: { ...authority.issue(NAMES), ca: authority.ca } });
    database = await createDatabase('tls', server.address);
    await database.query(`CREATE USER known@'%' IDENTIFIED BY 'known' REQUIRE X509`);
    await database.query(`GRANT SELECT ON ${database.name}.* TO known@'%'`);
  }, 60_000);
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(() => server.stop());

  const dsnOf = (host: string, user = server.address.user, password = server.address.password): string =>
    goDsn({ host, port: server.address.port, user, password }, database.name);
  const opened = async (options: OpenDatabaseOptions): Promise<DataSource> => {
    const dataSource = await openDatabase({ connectDeadline: '2s', maxOpenConns: 1, ...options });
    open.push(dataSource);
    return dataSource;
  };
  const cipherOf = async (dataSource: DataSource): Promise<string> => {
    const [row]: { Value: string }[] = await dataSource.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    return row?.Value ?? '';
  };

  it('is on where a CA is given, and the DSN says nothing about it', async () => {
    const dataSource = await opened({ dsn: dsnOf('localhost'), tls: { ca: authority.ca } });

    expect(await cipherOf(dataSource)).not.toBe('');
  });

  it('is off where the DSN says so, whatever is given', async () => {
    const dataSource = await opened({ dsn: `${dsnOf('localhost')}&tls=false`, tls: { ca: authority.ca } });

    expect(await cipherOf(dataSource)).toBe('');
  });

  it.each<[string, () => OpenDatabaseOptions]>([
    ['from another CA', () => ({ dsn: dsnOf('localhost'), tls: { ca: makeAuthority('another').ca } })],
    ['from another CA of the same name', () => ({ dsn: dsnOf('localhost'), tls: { ca: makeAuthority().ca } })],
    ['from no public CA', () => ({ dsn: `${dsnOf('localhost')}&tls=true` })],
    ['for another host, which is an address', () => ({ dsn: dsnOf('127.0.0.1'), tls: { ca: authority.ca } })],
    [
      'for another host than a configuration names',
      () => ({
        dsn: `${dsnOf('localhost')}&tls=internal`,
        tlsConfigs: { internal: { ca: authority.ca, servername: 'db.internal' } },
      }),
    ],
  ])('refuses a certificate %s, at once', async (_, options) => {
    await expect(opened({ ...options(), connectDeadline: '20s' })).rejects.toMatchObject({ code: 'EGGY_DATABASE_TLS' });
  });

  it('takes a certificate for the address, and for the name of a configuration', async () => {
    await server.renewTls({ ...authority.issue({ dns: ['db.internal'], ip: ['127.0.0.1'] }), ca: authority.ca });
    const byAddress = await opened({ dsn: dsnOf('127.0.0.1'), tls: { ca: authority.ca } });
    expect(await cipherOf(byAddress)).not.toBe('');

    const byName = await opened({
      dsn: `${dsnOf('127.0.0.1')}&tls=internal`,
      tlsConfigs: { internal: { ca: authority.ca, servername: 'db.internal' } },
    });
    expect(await cipherOf(byName)).not.toBe('');
    await server.renewTls({ ...authority.issue(NAMES), ca: authority.ca });
  });

  it('shows its own certificate to a server that asks for one', async () => {
    const dsn = dsnOf('localhost', 'known', 'known');
    await expect(opened({ dsn, tls: { ca: authority.ca } })).rejects.toMatchObject({ code: 'EGGY_DATABASE_ACCESS' });
    const dataSource = await opened({ dsn, tls: { ca: authority.ca, ...authority.issue(NAMES) } });

    expect(await cipherOf(dataSource)).not.toBe('');
  });

  it('follows a server that comes back with a certificate of another CA, without a restart', async () => {
    let tls: DatabaseTls = { ca: authority.ca };
    const dataSource = await opened({ dsn: dsnOf('localhost'), tls: () => tls });
    expect(await cipherOf(dataSource)).not.toBe('');
    const next = makeAuthority('the next authority');
    await server.renewTls({ ...next.issue(NAMES), ca: authority.ca + next.ca });
    await server.restart();

    await expect(cipherOf(dataSource)).rejects.toMatchObject({ code: 'EGGY_DATABASE_TLS' });
    tls = { ca: next.ca };
    expect(await cipherOf(dataSource)).not.toBe('');
    expect(poolStatistics(dataSource)).toMatchObject({ created: 2 });
    await server.renewTls({ ...authority.issue(NAMES), ca: authority.ca });
  }, 60_000);

  it.each<[string, (own: Certificates) => DatabaseTls, RegExp]>([
    ['a CA that is none', () => ({ ca: 'Xq7zK9' }), /`ca` holds no certificate/],
    ['a CA that is broken', ({ ca }) => ({ ca: ca.replace('MII', 'Xq7zK9') }), /a certificate of `ca` cannot be read/],
    ['a CA that is a key', ({ key }) => ({ ca: key }), /`ca` holds no certificate/],
    ['a certificate without its key', ({ cert }) => ({ cert }), /`cert` comes without `key`/],
    ['a key without its certificate', ({ key }) => ({ key }), /`key` comes without `cert`/],
    ['a key that is none', ({ cert }) => ({ cert, key: 'Xq7zK9' }), /`key` cannot be read/],
    ['a certificate that is none', ({ key }) => ({ cert: 'Xq7zK9', key }), /`cert` holds no certificate/],
    ['a key of another', ({ cert }) => ({ cert, key: authority.issue({}).key }), /`key` is not the key of `cert`/],
  ])('refuses %s and says what to do, without its content', async (_, tls, why) => {
    const own = { ca: authority.ca, ...authority.issue(NAMES) };
    const opening = opened({ dsn: dsnOf('localhost'), tls: tls(own), connectDeadline: '20s' });

    await expect(opening).rejects.toMatchObject({ code: 'EGGY_DATABASE_TLS_MATERIAL' });
    await expect(opening).rejects.toThrow(why);
    await expect(opening).rejects.toThrow(/Fix: give PEM text/);
    await expect(opening).rejects.not.toThrow(/Xq7zK9|BEGIN/);
  });

  it('goes on with what it had when what comes cannot be used, and says so once, without its content', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let tls: DatabaseTls = { ca: authority.ca };
    const dataSource = await opened({ dsn: dsnOf('localhost'), tls: () => tls, connMaxLifetime: 1 });
    tls = { ca: '-----BEGIN CERTIFICATE-----\nXq7zK9\n-----END CERTIFICATE-----' };
    for (let n = 0; n < 3; n++) expect(await cipherOf(dataSource)).not.toBe('');

    expect(told).toHaveBeenCalledTimes(1);
    expect(String(told.mock.calls[0])).toMatch(/a certificate of `ca` cannot be read.*go on using the one before/);
    expect(String(told.mock.calls[0])).not.toMatch(/Xq7zK9/);
  });
});
