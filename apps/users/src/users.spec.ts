import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { bootApp } from '@eggybyte/testing';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { EmailBlocklist } from './email-blocklist.js';
import { UserCensus } from './user-census.js';

describe('Users', () => {
  it('creates users and refuses a second one of an e-mail', async () => {
    await using app = await bootApp(AppModule);
    const user = { email: 'grace@example.com', name: 'Grace Hopper' };
    expect(await app.request('POST', '/users', user)).toMatchObject({ status: 201, body: { id: 2, ...user } });
    expect(await app.request('POST', '/users', user)).toMatchObject({ status: 409 });
    expect((await app.request('GET', '/users')).body).toMatchObject({ total: 2 });
  });

  it('asks the blocklist, which a test may replace', async () => {
    const blocklist = { init: () => Promise.resolve(), blocks: (email: string) => email.startsWith('spam') };
    await using app = await bootApp(AppModule, {
      override: (builder) => builder.overrideProvider(EmailBlocklist).useValue(blocklist),
    });
    expect((await app.request('POST', '/users', { email: 'spam@example.com', name: 'Spam' })).status).toBe(409);
    expect((await app.request('POST', '/users', { email: 'x@mailinator.com', name: 'X' })).status).toBe(201);
  });

  it('is taken out of its balancer while the database is down', async () => {
    await using app = await bootApp(AppModule);
    await app.health('database').fail();
    expect((await app.probe('/readyz')).status).toBe(503);
    expect((await app.probe('/livez')).status).toBe(200);
  });

  it('goes on when its users cannot be counted', async () => {
    await using app = await bootApp(AppModule);
    await app.get(DataSource).query('DROP TABLE users');
    const stop = new AbortController();
    const counting = app.get(UserCensus).run(stop.signal);
    while (!app.logs.some(({ msg }) => msg === 'the users could not be counted')) await sleep(10);
    stop.abort();

    await expect(counting).resolves.toBeUndefined();
  });

  it('serves on while it drains', async () => {
    await using app = await bootApp(AppModule);
    await app.drain();
    expect(await app.request('GET', '/users')).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await app.metric('http_server_request_duration_seconds', { http_route: '/users' })).toBe(1);
    expect(await app.stop()).toBe(0);
  });

  it('stops cleanly and says so', async () => {
    const app = await bootApp(AppModule);
    expect(await app.stop()).toBe(0);
    expect(app.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 0, service: 'test' });
  });
});
