import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { emptySqlite, startUsers, users, USERS_MAIN } from './users-service.js';

/** No word of any message, nor any part of it of four characters. */
const PASSWORD = 'Zq8Yw4Xk2Vj6';
const pieces = Array.from({ length: PASSWORD.length - 3 }, (_, at) => PASSWORD.slice(at, at + 4));

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'eggy-hostile-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Everything that it wrote, which holds nothing of the password. */
async function endOf(service: NodeProcess): Promise<void> {
  expect(await service.exited).toEqual({ code: 1, signal: null });
  const written = service.stdout + service.stderr;
  expect(pieces.filter((piece) => written.includes(piece))).toEqual([]);
}

describe('a start with a DSN that cannot be used', () => {
  it.each([
    [`shop:${PASSWORD}@tcp(db:3306/shop`, /does not end where/],
    [`shop:@/a${PASSWORD}@tcp(db)`, /an @ stands after the last slash/],
    [`mysql://shop:${PASSWORD}#1@db/shop`, /not a valid URL/],
    [`mysql://shop:1/${PASSWORD}@db/shop`, /percent-encoded/],
    [`jdbc:mysql://shop:${PASSWORD}@db/shop`, /neither tcp/],
  ])('tells why in one record, without any part of the password, and ends with 1: %j', async (dsn, why) => {
    await writeFile(join(folder, 'dsn'), `${dsn}\n`);
    const METRICS_PORT = String(await freePort());
    const common = { ENVIRONMENT: 'production', SERVICE_NAME: 'users', LOG_LEVEL: 'trace', METRICS_PORT };
    const services = [{ DATABASE_DSN: dsn }, { DATABASE_DSN_FILE: join(folder, 'dsn') }].map((given, index) =>
      runNode(USERS_MAIN, { env: users({ ...common, ...given, ...(index === 1 && { METRICS_PORT: '0' }) }) }),
    );
    for (const service of services) {
      await endOf(service);
      const fatal = service.logs.filter(({ level }) => level === 'fatal');
      expect(fatal).toMatchObject([{ code: 'EGGY_CONFIG_INVALID', msg: expect.stringMatching(why) }]);
    }
    await expect(fetch(`http://127.0.0.1:${METRICS_PORT}/livez`)).rejects.toThrow('fetch failed');
  });
});

describe('a start with a DSN that leads nowhere', () => {
  it.each([
    ['Go', (port: number) => `shop:${PASSWORD}/@:x@tcp(127.0.0.1:${port})/shop`],
    ['URL', (port: number) => `mysql://shop:${encodeURIComponent(`${PASSWORD}/@:x`)}@127.0.0.1:${port}/shop`],
  ])('tells where, without any part of the password: %s form', async (_, dsn) => {
    const port = await freePort();
    const env = users({ DATABASE_DSN: dsn(port), DATABASE_CONNECT_DEADLINE: '300ms', LOG_LEVEL: 'trace' });
    const service = runNode(USERS_MAIN, { env });
    await endOf(service);
    const fatal = service.logs.filter(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject([
      { code: 'EGGY_DATABASE_CONNECTION', msg: expect.stringContaining(`127.0.0.1:${port}/shop`) },
    ]);
  });
});

describe('variables out of shape', () => {
  it('that are refused are told with what was probably meant', async () => {
    const env = users({
      PORT: ' 8080',
      METRICS_PORT: "'9090'",
      LOG_LEVEL: 'INFO',
      LOG_FORMAT: 'json\r',
      TRUST_PROXY: 'True',
    });
    const service = runNode(USERS_MAIN, { env });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const fatal = service.logs.find(({ level }) => level === 'fatal');
    expect(String(fatal?.['msg']).split('\n').slice(1, -1)).toEqual([
      '  - PORT (environment): expected a port from 0 to 65535, got " 8080"; remove the space around it',
      '  - TRUST_PROXY (environment): expected true or false (1 or 0), got "True"; did you mean true?',
      `  - METRICS_PORT (environment): expected a port from 0 to 65535, got "'9090'"; remove the quotes around it`,
      '  - LOG_LEVEL (environment): expected one of trace, debug, info, warn, error, fatal, silent, got "INFO"; did you mean info?',
      '  - LOG_FORMAT (environment): expected one of json, console, got "json\\r"; remove the line break at its end',
    ]);
  });

  it('that a start can do with are warned of, by their names, and a secret among them is seen on no path', async () => {
    const service = await startUsers({
      DATABASE_DSN: await emptySqlite(),
      ADMIN_TOKEN: `'${PASSWORD}${PASSWORD}'`,
      Log_Level: 'debug',
      port: '1',
      'PORT ': '1',
    });
    const told = service.process.logs.filter(({ level }) => level === 'warn').map(({ msg }) => String(msg));
    expect(told).toEqual([
      'Log_Level (environment) is not a variable of this configuration: did you mean LOG_LEVEL?',
      '"PORT " (environment) is not a variable of this configuration: did you mean PORT?',
      'port (environment) is not a variable of this configuration: did you mean PORT?',
      'ADMIN_TOKEN (environment) is taken as it is: remove the quotes around it, unless that is meant',
    ]);
    const authorization = `Bearer '${PASSWORD}${PASSWORD}'`;
    const answers = ['/livez?verbose', '/readyz?verbose', '/healthz?format=json', '/metrics', '/startup'].map((path) =>
      fetch(service.monitoringUrl + path, { headers: { authorization } }),
    );
    for (const answer of await Promise.all(answers)) {
      const seen = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
      expect([answer.url, answer.status, pieces.filter((piece) => seen.includes(piece))]).toEqual([
        answer.url,
        200,
        [],
      ]);
    }
    service.process.signal('SIGTERM');
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    expect(service.process.stdout).not.toContain(PASSWORD);
  });
});
