import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startMariaDb, type TestMariaDb } from '../support/mariadb.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { USERS_MAIN, users } from './users-service.js';

const CLEAN: Exit = { code: 0, signal: null };

describe('a service whose database fails while it stops', () => {
  let server: TestMariaDb;
  let database: TestDatabase;

  beforeEach(async () => {
    server = await startMariaDb();
    database = await createDatabase('stop', server.address);
  }, 30_000);
  afterEach(() => server.stop());

  async function start(env: Record<string, string> = {}): Promise<{ service: NodeProcess; url: string }> {
    const service = runNode(USERS_MAIN, { env: users({ DATABASE_DSN: database.dsn, ...env }) });
    const { url } = await service.waitForLog('ready', 30_000);
    await service.waitForAnswer(`${String(url)}/users`);
    return { service, url: String(url) };
  }

  it.each([
    ['killed', () => server.kill()],
    ['frozen', async () => server.pause()],
  ])('ends in time and without a failure when the server is %s', async (_, fail) => {
    const { service } = await start({ SHUTDOWN_TIMEOUT: '10s' });
    await fail();
    service.signal('SIGTERM');
    expect(await service.exited).toEqual(CLEAN);
    expect(service.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 0 });
  });

  it('answers the request that waits for a frozen server, and then ends', async () => {
    const { service, url } = await start({ DATABASE_QUERY_TIMEOUT: '3s' });
    server.pause();
    const answer = fetch(`${url}/users/4711`);
    // Long enough for it to arrive, and far from its deadline.
    await sleep(500);
    service.signal('SIGTERM');
    expect((await answer).status).toBe(503);
    expect(await service.exited).toEqual(CLEAN);
  });
});
