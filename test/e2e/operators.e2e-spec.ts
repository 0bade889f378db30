import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { otherAddress } from '../support/other-address.js';
import { emptySqlite, startUsers, type UsersService } from './users-service.js';

const TOKEN = 'correct-horse-battery-staple';
const BEARER = { authorization: `Bearer ${TOKEN}` };

/** All that is for operators alone, as a service serves it. */
const PATHS = ['/', '/overview', '/events', '/info', '/config', '/loggers', '/startup', '/warnings'];

/** By node:http, as fetch sets Host itself; a stream is not waited for. */
function status(service: UsersService, path: string, headers: object = {}, host = '127.0.0.1'): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { port } = new URL(service.monitoringUrl);
  const call = request({ host, port, path, headers: { ...headers }, agent: false }, (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  call.on('error', reject).end();
  return promise;
}

async function statuses(service: UsersService, headers: object = {}, host?: string): Promise<Record<string, number>> {
  const answers = PATHS.map(async (path) => [path, await status(service, path, headers, host)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

const each = (code: number): Record<string, number> => Object.fromEntries(PATHS.map((path) => [path, code]));

describe('what is for operators, in production', () => {
  let service: UsersService;
  beforeAll(async () => {
    service = await startUsers({
      ENVIRONMENT: 'production',
      SERVICE_NAME: 'shop',
      DATABASE_DSN: await emptySqlite(),
      ADMIN_TOKEN: TOKEN,
      SERVICE_COMMIT: 'abc123',
    });
  });

  it('is not there for anybody without the token, at this machine neither', async () => {
    expect(await statuses(service)).toEqual(each(404));
    expect(await statuses(service, { host: 'localhost' })).toEqual(each(404));
    expect(await statuses(service, { authorization: 'Bearer wrong' })).toEqual(each(404));
  });

  it('is there for whoever has it', async () => {
    expect(await statuses(service, BEARER)).toEqual(each(200));
    const info = await fetch(`${service.monitoringUrl}/info`, { headers: BEARER });
    expect(await info.json()).toMatchObject({
      service: 'shop',
      environment: 'production',
      build: { name: '@eggybyte/users', commit: 'abc123', commit_source: 'build' },
      packages: { '@eggybyte/core': expect.any(String), '@nestjs/core': expect.stringMatching(/^12\./) },
    });
  });

  it('opens in a browser by an address that ends, which the token makes', async () => {
    const made = await fetch(`${service.monitoringUrl}/session`, {
      method: 'POST',
      headers: { ...BEARER, 'content-type': 'application/json' },
      body: '{"ttl":"10m"}',
    });
    const { url } = (await made.json()) as { url: string };
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const session = new URL(url).searchParams.get('session');
    expect(await statuses(service, { authorization: `Bearer ${session}` })).toEqual(each(200));
    await service.process.waitForLog({ msg: 'POST /session', by: 'token', status: 200 });
    expect(service.process.stdout).not.toContain(String(session));
  });

  it('leaves a record of who has changed what', async () => {
    const changed = await fetch(`${service.monitoringUrl}/loggers`, {
      method: 'POST',
      headers: { ...BEARER, 'content-type': 'application/json' },
      body: '{"level":"debug","ttl":"1s"}',
    });
    expect(changed.status).toBe(200);
    await service.process.waitForLog({ level: 'warn', msg: 'POST /loggers', by: 'token', peer: '127.0.0.1' });
    await service.process.waitForLog({ level: 'warn', msg: 'Log level of everything: level debug' });
  });

  it('tells no secret anywhere', async () => {
    for (const path of PATHS.filter((one) => one !== '/events')) {
      const body = await (await fetch(service.monitoringUrl + path, { headers: BEARER })).text();
      expect([path, body.includes(TOKEN)]).toEqual([path, false]);
    }
  });
});

describe('what is for operators, in production without a token', () => {
  it('is not there for anybody', async () => {
    const service = await startUsers(
      { ENVIRONMENT: 'production', SERVICE_NAME: 'shop', DATABASE_DSN: await emptySqlite() },
      'test',
    );
    for (const headers of [
      {},
      { host: 'localhost' },
      { authorization: 'Bearer ' },
      { authorization: 'Bearer undefined' },
    ]) {
      expect(await statuses(service, headers)).toEqual(each(404));
    }
  });
});

describe('what is for operators, in development', () => {
  let service: UsersService;
  beforeAll(async () => {
    service = await startUsers({
      DATABASE_DSN: await emptySqlite(),
      ADMIN_TOKEN: TOKEN,
      MONITORING_HOST: '0.0.0.0',
    });
  });

  it('is there for whoever works at this machine', async () => {
    expect(await statuses(service)).toEqual(each(200));
  });

  it('is not there through a proxy, from the page of another site, or by a name that is not this machine', async () => {
    expect(await statuses(service, { 'x-forwarded-for': '127.0.0.1' })).toEqual(each(404));
    expect(await statuses(service, { origin: 'http://evil.example' })).toEqual(each(404));
    expect(await statuses(service, { 'sec-fetch-site': 'cross-site' })).toEqual(each(404));
    expect(await statuses(service, { host: 'evil.example' })).toEqual(each(404));
  });

  it('is not there from anywhere else, without the token', async () => {
    // A machine without a network has no anywhere else.
    if (otherAddress === undefined) expect(networkInterfaces()).not.toHaveProperty('eth0');
    else {
      expect(await statuses(service, { host: 'localhost' }, otherAddress)).toEqual(each(404));
      expect(await statuses(service, BEARER, otherAddress)).toEqual(each(200));
    }
  });
});

describe('what is for operators, in a pod of a development cluster', () => {
  it('wants the token also of a sidecar, which comes by loopback', async () => {
    const service = await startUsers(
      { DATABASE_DSN: await emptySqlite(), ADMIN_TOKEN: TOKEN, KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      'test',
    );
    expect(await statuses(service)).toEqual(each(404));
    expect(await statuses(service, BEARER)).toEqual(each(200));
  });
});
