import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPrefix, sharedMemcached } from '../support/cache-server.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptySqlite, startUsers, type UsersService } from './users-service.js';

const worlds = [
  ['fastify', 'SQLite'],
  ['fastify', 'MariaDB by Go DSN, memcached'],
  ['fastify', 'MariaDB by URL'],
  ['express', 'SQLite'],
  ['express', 'MariaDB by Go DSN, memcached'],
] as const;

describe.each(worlds)('users on %s and %s', (adapter, world) => {
  let service: UsersService;
  let database: TestDatabase | undefined;

  beforeAll(async () => {
    if (world !== 'SQLite') database = await createDatabase('users');
    const dsn = database ? (world.includes('URL') ? database.url : database.dsn) : await emptySqlite();
    const cache = { CACHE_SERVERS: sharedMemcached(), CACHE_KEY_PREFIX: keyPrefix('users') };
    const env = { HTTP_ADAPTER: adapter, DATABASE_DSN: dsn, ...(world.includes('memcached') && cache) };
    service = await startUsers(env);
  });

  afterAll(async () => {
    service.process.signal('SIGTERM');
    await service.process.exited;
    await database?.drop();
  });

  it('creates the table and its first row at the start', async () => {
    const { status, body } = await service.request('GET', '/users/1');
    expect([status, body.email]).toEqual([200, 'ada@example.com']);
  });

  it('creates, reads, changes and removes a user; a cached read is never stale', async () => {
    const created = await service.request('POST', '/users', { email: 'Grace@Example.com', name: ' Grace Hopper ' });
    expect([created.status, created.body.email, created.body.name]).toEqual([201, 'grace@example.com', 'Grace Hopper']);
    const path = `/users/${created.body.id}`;
    const first = await service.request('GET', path);
    expect(first.body).toEqual(created.body);
    expect((await service.request('GET', path)).body).toEqual(created.body);
    expect((await service.request('PATCH', path, { name: 'Rear Admiral' })).status).toBe(200);
    expect((await service.request('GET', path)).body.name).toBe('Rear Admiral');
    expect((await service.request('DELETE', path)).status).toBe(204);
    expect((await service.request('GET', path)).status).toBe(404);
  });

  it('gives pages', async () => {
    for (const name of ['a', 'b', 'c']) await service.request('POST', '/users', { email: `${name}@page.org`, name });
    const { status, body } = await service.request('GET', '/users?page=2&page_size=2');
    expect(status).toBe(200);
    expect(body).toMatchObject({ page: 2, page_size: 2, items: [{ name: 'b' }, { name: 'c' }], total: 4 });
    expect((await service.request('GET', '/users?page_size=1000')).status).toBe(400);
  });

  it('answers a second user of one e-mail with 409', async () => {
    const { status, body } = await service.request('POST', '/users', { email: 'ada@example.com', name: 'Another' });
    expect(status).toBe(409);
    expect(body).toMatchObject({ statusCode: 409, error: 'Conflict', code: 'EGGY_DATABASE_DUPLICATE' });
    expect(body.request_id).toMatch(/^[\w.-]+$/);
    expect(JSON.stringify(body)).not.toMatch(/insert|sqlite|duplicate entry/i);
  });

  it('answers a bad body with 400 and every problem', async () => {
    const { status, body } = await service.request('POST', '/users', { email: 'no', name: '', admin: true });
    expect(status).toBe(400);
    expect(body).toMatchObject({ statusCode: 400, error: 'Bad Request', request_id: expect.any(String) });
    expect(body.message.join('\n')).toMatch(/email: [\s\S]*name: [\s\S]*admin/);
  });

  it('answers an unknown id with 404 and an id that is none with 400', async () => {
    const unknown = await service.request('GET', '/users/999999');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ statusCode: 404, error: 'Not Found', code: 'EGGY_DATABASE_NOT_FOUND' });
    expect((await service.request('GET', '/users/abc')).status).toBe(400);
    expect((await service.request('GET', '/nowhere')).body).toMatchObject({ statusCode: 404, error: 'Not Found' });
  });

  it('runs its own initializer, its health check and its background service', async () => {
    const blocked = await service.request('POST', '/users', { email: 'x@mailinator.com', name: 'X' });
    expect(blocked.status).toBe(409);
    expect((await service.probe('/healthz?verbose')).text).toContain('[+]disk ok');
    expect((await service.probe('/metrics')).text).toMatch(/^users_registered \d+$/m);
  });

  it('writes one access record a request, with the id of the answer', async () => {
    const { headers } = await service.request('GET', '/users/1?secret=1');
    const record = await service.process.waitForLog({ request_id: headers.get('x-request-id') });
    expect(record).toMatchObject({
      service: 'users',
      method: 'GET',
      route: '/users/:id',
      path: '/users/1',
      status: 200,
    });
  });
});
