import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeAuthority, type TestAuthority } from '../support/certificates.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { goDsn } from '../support/dsn.js';
import { startMariaDb, type TestMariaDb } from '../support/mariadb.js';
import { RotatedUser } from '../support/rotated-user.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const SERVICE = join(import.meta.dirname, 'fixtures/two-sources-service.mjs');
const CLEAN: Exit = { code: 0, signal: null };
const NAMES = { dns: ['localhost'] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Hands a variable of the data source over by a file; resolves to what the environment then says. */
async function byFile(what: string, text: string): Promise<Record<string, string>> {
  const file = join(folder, what);
  await writeFile(file, `${text}\n`);
  return { [`DATABASE_REPORTING_${what}_FILE`]: file };
}

async function start(env: Record<string, string>) {
  const service = runNode(SERVICE, { env: users({ HEALTH_CHECK_INTERVAL: '100ms', ...env }) });
  const { url, monitoring_url: monitoringUrl } = await service.waitForLog('ready');
  return { service, counts: `${String(url)}/counts`, monitoringUrl: String(monitoringUrl) };
}

function stop(service: NodeProcess): Promise<Exit> {
  service.signal('SIGTERM');
  return service.exited;
}

describe('a second data source whose variables come by files', () => {
  it('logs in by the password that its file has now, without a restart and without a switch', async () => {
    await using reporting = await createDatabase('reporting');
    const reporter = await RotatedUser.create(reporting);
    const env = { DATABASE_DSN: 'sqlite::memory:', ...(await byFile('DSN', reporter.dsn)) };
    const { service, counts, monitoringUrl } = await start(env);
    await service.waitForAnswer(counts);
    await reporter.rotate();
    await service.waitForAnswer(`${monitoringUrl}/readyz/database-reporting`, 503);
    await byFile('DSN', reporter.dsn);
    await service.waitForAnswer(`${monitoringUrl}/readyz/database-reporting`);
    await service.waitForAnswer(counts);
    const told = await service.waitForLog(({ msg }) => String(msg).startsWith('The credentials'));
    expect(told['context']).toBe('Database:reporting');

    expect(await stop(service)).toEqual(CLEAN);
    expect(service.stdout).not.toContain('secret:');
    await reporter.drop();
  }, 60_000);

  it('takes its settings and the user who changes its schema from them', async () => {
    await using reporting = await createDatabase('reporting');
    const user = `app_${reporting.name.slice(-8)}`;
    await reporting.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'canary'`);
    await reporting.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${reporting.name}.* TO '${user}'@'%'`);
    const dsn = goDsn({ ...reporting.address, user, password: 'canary' }, reporting.name);
    const env = {
      DATABASE_DSN: 'sqlite::memory:',
      ...(await byFile('DSN', dsn)),
      ...(await byFile('MIGRATE_DSN', reporting.dsn)),
      ...(await byFile('MAX_OPEN_CONNS', '3')),
      ...(await byFile('HEALTH_CRITICAL', 'false')),
    };
    const { service, counts, monitoringUrl } = await start(env);
    await service.waitForAnswer(counts);

    const metrics = await (await fetch(`${monitoringUrl}/metrics`)).text();
    expect(metrics).toContain('db_client_connection_max{db_client_connection_pool_name="reporting"} 3\n');
    await reporting.query(`ALTER USER '${user}'@'%' IDENTIFIED BY 'another'`);
    const connections = await reporting.query<{ id: number }>(
      'SELECT id FROM information_schema.processlist WHERE user = ?',
      [user],
    );
    for (const { id } of connections) await reporting.query(`KILL CONNECTION ${id}`).catch(() => undefined);
    await service.waitForAnswer(`${monitoringUrl}/healthz/database-reporting`, 503);
    expect((await fetch(`${monitoringUrl}/readyz`)).status).toBe(200);
    expect(await stop(service)).toEqual(CLEAN);
    expect(service.stdout).not.toMatch(/canary|p@ss/);
    await reporting.query(`DROP USER '${user}'@'%'`);
  }, 60_000);
});

describe('a second data source over TLS', () => {
  let authority: TestAuthority;
  let server: TestMariaDb;
  let reporting: TestDatabase;
  beforeAll(async () => {
    authority = makeAuthority();
    server = await startMariaDb({ tls: { ...authority.issue(NAMES), ca: authority.ca } });
    reporting = await createDatabase('reporting', server.address);
    await reporting.query(`CREATE USER known@'%' IDENTIFIED BY 'known' REQUIRE X509`);
    await reporting.query(`GRANT ALL ON ${reporting.name}.* TO known@'%'`);
  }, 60_000);
  afterAll(() => server.stop());

  const dsnOf = (): string =>
    goDsn({ host: 'localhost', port: server.address.port, user: 'known', password: 'known' }, reporting.name);
  const environment = (): Record<string, string> => ({
    DATABASE_DSN: 'sqlite::memory:',
    // Of the default one, and of no use here.
    DATABASE_TLS_CA: makeAuthority('another').ca,
    DATABASE_REPORTING_DSN: dsnOf(),
  });

  it('proves who it is, and trusts the authority that its file names now', async () => {
    const { cert, key } = authority.issue({ dns: ['client'] });
    const env = {
      ...environment(),
      ...(await byFile('TLS_CA', authority.ca)),
      ...(await byFile('TLS_CERT', cert)),
      ...(await byFile('TLS_KEY', key)),
    };
    const { service, counts, monitoringUrl } = await start(env);
    expect(await (await service.waitForAnswer(counts)).json()).toEqual({ customers: 0, sales: 0 });

    const next = makeAuthority('next');
    await server.renewTls({ ...next.issue(NAMES), ca: authority.ca });
    await server.restart();
    await service.waitForAnswer(`${monitoringUrl}/readyz/database-reporting`, 503);
    await byFile('TLS_CA', next.ca);
    await service.waitForAnswer(`${monitoringUrl}/readyz/database-reporting`);
    await service.waitForAnswer(counts);
    expect(await stop(service)).toEqual(CLEAN);
    expect(service.stdout).not.toMatch(/PRIVATE KEY/);
    await server.renewTls({ ...authority.issue(NAMES), ca: authority.ca });
  }, 90_000);

  it('is refused by an authority that has not issued the certificate, which names its own variable', async () => {
    const env = { ...environment(), DATABASE_REPORTING_TLS_CA: makeAuthority('wrong').ca };
    const service = runNode(SERVICE, { env: users(env) });

    expect(await service.exited).toEqual({ code: 1, signal: null });
    const fatal = service.logs.find(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject({ code: 'EGGY_DATABASE_TLS' });
    expect(JSON.stringify(fatal)).toContain('DATABASE_REPORTING_TLS_CA');
  });
});
