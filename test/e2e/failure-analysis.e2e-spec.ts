import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { type LogRecord, runNode } from '../support/run-node.js';
import { emptySqlite, startUsers, users, USERS_MAIN } from './users-service.js';

const FAILING = join(import.meta.dirname, 'fixtures/failing-start.mjs');

/** Starts a service that cannot start, and gives the one record that tells why. */
async function fatalOf(entry: string, env: Record<string, string>): Promise<LogRecord> {
  const service = runNode(entry, { env: users(env) });
  expect(await service.exited).toEqual({ code: 1, signal: null });
  const fatal = service.logs.filter((record) => record['level'] === 'fatal');
  expect(fatal).toHaveLength(1);
  // It is told once: no other record tells of an error, and nothing but records is written.
  expect(service.logs.filter((record) => record['level'] === 'error')).toEqual([]);
  expect(service.stdout.trim().split('\n')).toHaveLength(service.logs.length);
  expect(service.stderr).toBe('');
  return fatal[0]!;
}

describe('a start that fails for a reason of its own', () => {
  const tells = (code: string, msg: RegExp, action: RegExp, phase: string) => ({
    code,
    phase,
    msg: expect.stringMatching(msg),
    action: expect.stringMatching(action),
  });
  const INDEX = 'Initializer `SearchIndex` failed';

  it.each([
    [
      'missing-provider',
      tells(
        'UnknownDependenciesException',
        /^The start failed: Nest cannot make `Users`: nothing provides `Mailer` \(argument 0 of its constructor\) in `AppModule`$/,
        /^add `Mailer` to the providers of `AppModule`, or import the module that exports it$/,
        'register business services',
      ),
    ],
    ['hole', tells('UndefinedModuleException', /AppModule/, /circular dependency/i, 'register business services')],
    [
      'refused',
      tells('EGGY_LIFECYCLE_INITIALIZER', /ECONNREFUSED/, /start what has to listen/, 'execute initializers'),
    ],
    [
      'refused-socket',
      tells('EGGY_LIFECYCLE_INITIALIZER', /ECONNREFUSED 127/, /start what has to listen/, 'execute initializers'),
    ],
    [
      'no-name',
      tells('EGGY_LIFECYCLE_INITIALIZER', /ENOTFOUND search\.invalid|EAI_AGAIN/, /DNS/, 'execute initializers'),
    ],
    [
      'no-package',
      tells('EGGY_LIFECYCLE_INITIALIZER', /no-such-package/, /install the package/, 'execute initializers'),
    ],
    ['text', tells('EGGY_LIFECYCLE_INITIALIZER', /a text, not an error/, /see the cause/, 'execute initializers')],
  ])('tells what, why, what to do, and in which phase: %s', async (TROUBLE, told) => {
    const fatal = await fatalOf(FAILING, { TROUBLE, REFUSED_PORT: String(await freePort()) });
    expect(fatal).toMatchObject(told);
    if (told.code.startsWith('EGGY')) expect(fatal['msg']).toMatch(`The start failed: ${INDEX}: `);
  });

  it('names the hook that an error came out of, and keeps the stack of one that nobody knows', async () => {
    const fatal = await fatalOf(FAILING, { TROUBLE: 'hook' });
    expect(fatal).toMatchObject({
      msg: "The start failed: Cannot read properties of undefined (reading 'name')",
      hook: 'Users.onModuleInit()',
      stack: expect.stringContaining('failing-start.mjs'),
    });
    expect(fatal).not.toHaveProperty('action');
  });

  it('keeps the chain of causes', async () => {
    expect(await fatalOf(FAILING, { TROUBLE: 'configure' })).toMatchObject({
      causes: ['no such prefix', 'it has a slash'],
      stack: expect.stringContaining('failing-start.mjs'),
    });
  });
});

describe('a start that the database fails', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase('failure_analysis');
  });
  afterAll(() => database.drop());

  const dsn = (change: Partial<TestDatabase['address']> = {}, name = database.name, parameters = ''): string => {
    const { user, password, host, port } = { ...database.address, ...change };
    return `${user}:${password}@tcp(${host}:${port})/${name}${parameters}`;
  };
  const SECRET = 'canary-7f3a';

  it.each([
    ['a wrong password', () => dsn({ password: SECRET }), 'EGGY_DATABASE_ACCESS', /password|user/],
    ['a database that is not there', () => dsn({}, 'no_such_database'), 'EGGY_DATABASE_UNKNOWN', /create it/],
    ['a port that nobody listens on', () => dsn({ port: 1, password: SECRET }), 'EGGY_DATABASE_CONNECTION', /./],
    ['a host without an address', () => dsn({ host: 'db.invalid', password: SECRET }), 'EGGY_DATABASE_CONNECTION', /./],
    ['TLS that the server has not', () => dsn({}, undefined, '?tls=true'), 'EGGY_DATABASE_TLS', /./],
  ])('tells once what, why and what to do, and no secret: %s', async (_, of, code, action) => {
    const fatal = await fatalOf(USERS_MAIN, { DATABASE_DSN: of(), DATABASE_CONNECT_DEADLINE: '500ms' });
    expect(fatal).toMatchObject({ code, action: expect.stringMatching(action), phase: 'register business services' });
    expect(JSON.stringify(fatal)).not.toContain(SECRET);
  });

  it('names every step of the schema that is refused, and its fix', async () => {
    await database.query('CREATE TABLE users (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(254) NOT NULL)');
    await database.query("INSERT INTO users (email) VALUES ('a@example.com')");
    const fatal = await fatalOf(USERS_MAIN, { DATABASE_DSN: database.dsn });
    expect(fatal).toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_REFUSED',
      phase: 'register business services',
      action: expect.any(String),
    });
    expect(String(fatal['msg'])).toMatch(/users[^]*name/);
  });
});

describe('a start that finds its port taken', () => {
  it('tells which and what to do, and closes the other one again', async () => {
    const first = await startUsers({ DATABASE_DSN: await emptySqlite() }, 'test');
    const { port } = new URL(first.url);
    const metricsPort = String(await freePort());
    const env = { PORT: port, METRICS_PORT: metricsPort, DATABASE_DSN: await emptySqlite() };
    const fatal = await fatalOf(USERS_MAIN, env);
    expect(fatal).toMatchObject({
      code: 'EGGY_HTTP_PORT_IN_USE',
      phase: 'start services',
      action: expect.stringContaining('PORT'),
    });
    expect(fatal['msg']).toMatch(`${port} is in use by \`node\` (pid ${first.process.pid})`);
    await expect(fetch(`http://127.0.0.1:${metricsPort}/livez`)).rejects.toThrow('fetch failed');
  });

  it('tells the same of the port of probes, before anything else is started', async () => {
    const first = await startUsers({ DATABASE_DSN: await emptySqlite() }, 'test');
    const { port } = new URL(first.monitoringUrl);
    const fatal = await fatalOf(USERS_MAIN, { METRICS_PORT: port, DATABASE_DSN: await emptySqlite() });
    expect(fatal).toMatchObject({
      code: 'EGGY_MONITORING_PORT_IN_USE',
      phase: 'register infrastructure services',
      action: expect.stringContaining('METRICS_PORT'),
    });
    expect(fatal['msg']).toMatch(`${port} is in use by \`node\` (pid ${first.process.pid})`);
  });
});

describe('a configuration that is wrong', () => {
  it('is told in the same way', async () => {
    const fatal = await fatalOf(USERS_MAIN, { PORT: '80abc', METRICS_PORT: 'x', LOG_LEVEL: 'loud' });
    expect(fatal).toMatchObject({ code: 'EGGY_CONFIG_INVALID', phase: 'configuration', action: expect.any(String) });
    expect(fatal['msg']).toMatch(/PORT[^]*METRICS_PORT[^]*LOG_LEVEL/);
  });
});
