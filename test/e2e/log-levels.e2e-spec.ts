import { beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/wait-until.js';
import { emptySqlite, startUsers, type UsersService } from './users-service.js';

const TOKEN = 'correct-horse-battery-staple';

describe('the log level of a running service', () => {
  let service: UsersService;
  beforeAll(async () => {
    service = await startUsers({ DATABASE_DSN: await emptySqlite(), ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'info' });
  });

  const loggers = async (body?: unknown): Promise<{ status: number; report: any }> => {
    const answer = await fetch(`${service.monitoringUrl}/loggers`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, report: await answer.json() };
  };
  /** Statements that fail are details of TypeORM's log. */
  const details = (): number => service.process.logs.filter(({ level }) => level === 'debug').length;
  const fail = async (): Promise<void> => {
    const user = { email: 'grace@example.com', name: 'Grace' };
    await service.request('POST', '/users', user);
    expect((await service.request('POST', '/users', user)).status).toBe(409);
  };

  it('is raised over the admin port for a time, and goes back by itself', async () => {
    await fail();
    expect(details()).toBe(0);
    expect(await loggers({ level: 'debug', ttl: '2s' })).toMatchObject({ status: 200, report: { level: 'debug' } });
    await fail();
    await waitUntil(() => details() > 0, { what: 'records of detail' });
    await service.process.waitForLog({ msg: 'Log level of everything: level debug', ttl: '2s' });
    await waitUntil(async () => (await loggers()).report.level === 'info', { what: 'the level to go back' });
    const before = details();
    await fail();
    await service.request('GET', '/users');
    expect(details()).toBe(before);
  });

  it('is not changed by what makes no sense, which is told', async () => {
    expect(await loggers({ level: 'loud' })).toEqual({
      status: 400,
      report: { error: expect.stringMatching(/`level` to be one of trace, debug, .* got `loud`/) },
    });
    const { text } = await service.probe('/metrics');
    expect(text).toMatch(/^eggy_log_records_total\{level="info"\} [1-9]/m);
  });
});
