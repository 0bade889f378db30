import { afterAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { runNode } from '../support/run-node.js';
import { emptySqlite, startUsers, users, USERS_MAIN } from './users-service.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function mariaDb(): Promise<string> {
  const database = await createDatabase('start_stop');
  databases.push(database);
  return database.dsn;
}

describe.each(['fastify', 'express'])('the start and the stop on %s', (adapter) => {
  it('answers probes, then stops cleanly on SIGTERM with exit code 0', async () => {
    const service = await startUsers({ HTTP_ADAPTER: adapter, DATABASE_DSN: await emptySqlite() }, 'test');
    for (const probe of ['/livez', '/startupz', '/readyz', '/healthz']) {
      expect([probe, await service.probe(probe)]).toEqual([probe, { status: 200, text: 'ok' }]);
    }
    service.process.signal('SIGTERM');
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    const told = service.process.logs
      .filter((record) => record['context'] === 'Launcher')
      .map((record) => record['msg']);
    expect(told.filter((msg) => String(msg).startsWith('state: '))).toEqual([
      'state: ready',
      'state: draining',
      'state: stopping',
      'state: stopped',
    ]);
    expect(service.process.stderr).toBe('');
  });

  it('answers every request that comes before the drain delay is over', async () => {
    const env = { HTTP_ADAPTER: adapter, DATABASE_DSN: await mariaDb(), SHUTDOWN_DRAIN_DELAY: '500ms' };
    const service = await startUsers(env, 'test');
    const answers = Promise.all(Array.from({ length: 20 }, () => service.request('GET', '/users')));
    service.process.signal('SIGTERM');
    expect((await answers).map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
  });

  it('keeps its data over a restart', async () => {
    const dsn = await emptySqlite();
    const first = await startUsers({ HTTP_ADAPTER: adapter, DATABASE_DSN: dsn }, 'test');
    await first.request('POST', '/users', { email: 'stays@example.com', name: 'Stays' });
    first.process.signal('SIGTERM');
    await first.process.exited;
    const second = await startUsers({ HTTP_ADAPTER: adapter, DATABASE_DSN: dsn }, 'test');
    expect((await second.request('GET', '/users')).body).toMatchObject({ total: 2 });
  });
});

describe('a start that fails', () => {
  it('reports every bad variable at once, exits with 1 and listens nowhere', async () => {
    const metricsPort = String(await freePort());
    const env = { ENVIRONMENT: 'production', PORT: '80abc', METRICS_PORT: metricsPort, LOG_FORMAT: 'json' };
    const service = runNode(USERS_MAIN, { env });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const fatal = service.logs.filter((record) => record['level'] === 'fatal');
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toMatchObject({ code: 'EGGY_CONFIG_INVALID' });
    expect(String(fatal[0]?.['msg'])).toMatch(/SERVICE_NAME[\s\S]*PORT[\s\S]*80abc/);
    expect(service.logs).toHaveLength(1);
    expect(service.stderr).toBe('');
    await expect(fetch(`http://127.0.0.1:${metricsPort}/livez`)).rejects.toThrow('fetch failed');
  });

  it('refuses an empty DATABASE_DSN outside of development, and in every pod', async () => {
    const places: Record<string, string>[] = [
      { ENVIRONMENT: 'production' },
      { ENVIRONMENT: 'staging' },
      { KUBERNETES_SERVICE_HOST: '127.0.0.1' },
    ];
    for (const place of places) {
      const env = users({ SERVICE_NAME: 'users', ...place });
      const service = runNode(USERS_MAIN, { env });
      expect(await service.exited).toEqual({ code: 1, signal: null });
      expect(service.logs.filter((record) => record['level'] === 'fatal')).toMatchObject([
        { code: 'EGGY_DATABASE_DSN_MISSING', action: expect.stringContaining('DATABASE_DSN') },
      ]);
    }
  });

  it('tells of names that look like mistakes, and of those that mean nothing here', async () => {
    const odd = { DATABSE_DSN: 'x', CACHE_SERVER: 'x', LOG_COLOUR: 'x', HEALTH_CHECK_PORT: '1', SOMEBODY_ELSES: 'x' };
    const service = await startUsers({ DATABASE_DSN: await emptySqlite(), ...odd }, 'test');
    const told = service.process.logs.filter(({ context }) => context === 'Config').map(({ msg }) => msg);
    expect(told).toEqual([
      'HEALTH_CHECK_PORT (environment) is not used: probes are served on METRICS_PORT, together with the metrics',
      'CACHE_SERVER (environment) is not a variable of this configuration: did you mean CACHE_SERVERS?',
      'DATABSE_DSN (environment) is not a variable of this configuration: did you mean DATABASE_DSN?',
      'LOG_COLOUR (environment) is not a variable of this configuration',
    ]);
  });

  it('takes a written-out SQLite DSN in production', async () => {
    const env = { ENVIRONMENT: 'production', SERVICE_NAME: 'users', DATABASE_DSN: await emptySqlite() };
    const service = await startUsers(env, 'test');
    expect((await service.probe('/readyz')).status).toBe(200);
  });

  it('names the port that is in use and leaves nothing behind', async () => {
    const first = await startUsers({ DATABASE_DSN: await emptySqlite() }, 'test');
    const port = new URL(first.url).port;
    const second = runNode(USERS_MAIN, { env: users({ PORT: port, DATABASE_DSN: await emptySqlite() }) });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.logs.filter((record) => record['level'] === 'fatal')).toMatchObject([
      { msg: expect.stringContaining(port) },
    ]);
  });
});
