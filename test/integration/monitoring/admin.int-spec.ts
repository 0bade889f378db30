import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AdminEndpoint } from '@eggybyte/observability';
import { otherAddress } from '../../support/other-address.js';
import { ask, sendRaw } from './raw-http.js';
import { Serving } from './serving.js';

const TOKEN = 'correct-horse-battery';
const BEARER = { Authorization: `Bearer ${TOKEN}` };
const NOT_FOUND = { status: 404, body: 'not found\n' };

let serving: Serving;
beforeAll(() => Logger.overrideLogger(false));
afterEach(() => serving[Symbol.asyncDispose]());

const queues: AdminEndpoint = { handle: ({ query }) => ({ body: { queues: ['orders'], of: query.get('of') } }) };

async function serve(options: Parameters<typeof Serving.start>[0]): Promise<void> {
  serving = await Serving.start(options);
  serving.server.addEndpoint('/queues', queues);
}

/** The statuses of all answers to what is written on one connection. */
async function statuses(...lines: string[]): Promise<number[]> {
  const { text } = await sendRaw(serving.port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

/** What an answer tells besides the time of day. */
async function told(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await ask(serving.port, path, method, headers);
  return { status: answer.status, body: answer.body, headers: { ...answer.headers, date: undefined } };
}

describe('an admin endpoint', () => {
  beforeEach(() => serve({ adminToken: () => TOKEN }));

  it('answers as JSON that nobody keeps, to those who have the token', async () => {
    const answer = await ask(serving.port, '/queues?of=shop', 'GET', BEARER);
    expect(answer).toMatchObject({ status: 200, body: '{"queues":["orders"],"of":"shop"}' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const head = await ask(serving.port, '/queues?of=shop', 'HEAD', BEARER);
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe(answer.headers['content-length']);
  });

  it('takes the scheme in any case, and no other form of the token', async () => {
    const status = async (authorization: string): Promise<number> =>
      (await ask(serving.port, '/queues', 'GET', { Authorization: authorization })).status;
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect(await status(`${scheme} ${TOKEN}`)).toBe(200);
    const wrong = ['', 'wrong', TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase(), `${TOKEN} ${TOKEN}`];
    for (const token of wrong) expect([token, await status(`Bearer ${token}`)]).toEqual([token, 404]);
    expect(await status(TOKEN)).toBe(404);
    expect(await status(`Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`)).toBe(404);
  });

  it.each(['GET', 'HEAD', 'POST', 'OPTIONS'])(
    'is no different from a path that is not there, to others who %s',
    async (method) => {
      for (const headers of [{}, { Authorization: 'Bearer wrong' }]) {
        expect(await told('/queues', headers, method)).toEqual(await told('/nothing', headers, method));
        expect(await told('/queues?of=shop', headers, method)).toEqual(await told('/nothing?of=shop', headers, method));
      }
    },
  );

  it('takes no token from a query, a cookie or a second header', async () => {
    expect(await ask(serving.port, `/queues?token=${TOKEN}&access_token=${TOKEN}`)).toMatchObject(NOT_FOUND);
    expect(await ask(serving.port, '/queues', 'GET', { Cookie: `token=${TOKEN}` })).toMatchObject(NOT_FOUND);
    const bearer = `Authorization: Bearer ${TOKEN}`;
    expect(await statuses('GET /queues HTTP/1.1', 'Host: a', bearer)).toEqual([200]);
    expect(await statuses('GET /queues HTTP/1.1', 'Host: a', 'Authorization: Bearer x', bearer)).toEqual([404]);
    expect(await statuses('GET /queues HTTP/1.1', 'Host: a', bearer, 'Authorization: Bearer x')).toEqual([404]);
  });

  it.each([
    ['an absolute URL', 'GET http://localhost/queues HTTP/1.1'],
    ['two slashes', 'GET //queues HTTP/1.1'],
    ['a slash at its end', 'GET /queues/ HTTP/1.1'],
    ['capital letters', 'GET /QUEUES HTTP/1.1'],
    ['an escape', 'GET /%71ueues HTTP/1.1'],
    ['dots', 'GET /livez/../queues HTTP/1.1'],
    ['a semicolon', 'GET /queues;a=b HTTP/1.1'],
  ])('is not found by %s, with the token', async (_what, line) => {
    expect(await statuses(line, 'Host: localhost', `Authorization: Bearer ${TOKEN}`)).toEqual([404]);
  });

  it('is only read where it has nothing to change', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect((await ask(serving.port, '/queues', method, BEARER)).status).toBe(405);
    }
  });

  it('leaves probes and metrics open to everybody', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await ask(serving.port, path)).status).toBe(200);
  });

  it('costs only itself when it throws', async () => {
    serving.server.addEndpoint('/bad', {
      handle: () => {
        throw new Error('mysql://root:s3cr3t@db');
      },
    });
    expect(await ask(serving.port, '/bad', 'GET', BEARER)).toMatchObject({ status: 500, body: 'internal error\n' });
    expect((await ask(serving.port, '/queues', 'GET', BEARER)).status).toBe(200);
    expect((await ask(serving.port, '/livez')).status).toBe(200);
  });

  it('costs only itself when it hangs', async () => {
    serving.server.addEndpoint('/hangs', { handle: () => new Promise(() => undefined) });
    const hangs = Array.from({ length: 20 }, () => ask(serving.port, '/hangs', 'GET', BEARER));
    expect((await ask(serving.port, '/queues', 'GET', BEARER)).status).toBe(200);
    expect((await ask(serving.port, '/readyz')).status).toBe(200);
    const answers = await Promise.all(hangs);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(Math.min(...answers.map(({ tookMs }) => tookMs))).toBeGreaterThan(4900);
  }, 20_000);
});

describe('the token', () => {
  it('is read at each request', async () => {
    let token = 'first';
    await serve({ adminToken: () => token });
    const status = async (): Promise<number> =>
      (await ask(serving.port, '/queues', 'GET', { Authorization: 'Bearer first' })).status;
    expect(await status()).toBe(200);
    token = 'second';
    expect(await status()).toBe(404);
  });

  it.each([undefined, '', () => undefined])('lets nobody in when it is %p', async (token) => {
    await serve({ adminToken: typeof token === 'function' ? token : () => token });
    for (const Authorization of ['Bearer ', 'Bearer', 'Bearer undefined', `Bearer ${TOKEN}`]) {
      expect(await ask(serving.port, '/queues', 'GET', { Authorization })).toMatchObject(NOT_FOUND);
    }
  });

  it('makes a path like any other of one whose token cannot be read', async () => {
    await serve({
      adminToken: () => {
        throw new Error('no file');
      },
    });
    expect(await told('/queues', BEARER)).toEqual(await told('/nothing', BEARER));
  });
});

describe('an admin endpoint, relaxed', () => {
  beforeEach(() => serve({ adminToken: () => TOKEN, relaxed: true }));

  const from = (...headers: string[]): Promise<number[]> => statuses('GET /queues HTTP/1.1', ...headers);

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:9090', '[::1]:9090'])('needs no token on %s', async (host) => {
    expect(await from(`Host: ${host}`)).toEqual([200]);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'localhost:80@evil.example',
    '127.0.0.1.nip.io',
    'localhost,a',
    '',
  ])('needs one by the hostile name %p', async (host) => {
    expect(await from(`Host: ${host}`)).toEqual([404]);
  });

  it('refuses two Hosts, in either order', async () => {
    expect(await from('Host: localhost', 'Host: evil.example')).toEqual([400]);
    expect(await from('Host: evil.example', 'Host: localhost')).toEqual([400]);
  });

  it('needs one where HTTP/1.0 names no Host', async () => {
    expect(await statuses('GET /queues HTTP/1.0')).toEqual([404]);
  });

  it.each([
    'Forwarded: for=1.2.3.4',
    'X-Forwarded-For: 127.0.0.1',
    'X-FORWARDED-PROTO: http',
    'X-Real-IP: ::1',
    'Via: 1.1 a',
  ])('needs one behind a proxy that says %s', async (header) => {
    expect(await from('Host: localhost', header)).toEqual([404]);
    expect(await from('Host: localhost', header, `Authorization: Bearer ${TOKEN}`)).toEqual([200]);
  });

  it('needs one from the pages of other sites', async () => {
    expect(await from('Host: localhost:1', 'Origin: http://localhost:1', 'Sec-Fetch-Site: same-origin')).toEqual([200]);
    expect(await from('Host: localhost:1', 'Sec-Fetch-Site: none')).toEqual([200]);
    expect(await from('Host: localhost:1', 'Origin: http://localhost:2')).toEqual([404]);
    expect(await from('Host: localhost:1', 'Origin: null')).toEqual([404]);
    expect(await from('Host: localhost:1', 'Sec-Fetch-Site: cross-site')).toEqual([404]);
    expect(await from('Host: localhost:1', 'Sec-Fetch-Site: same-site')).toEqual([404]);
  });
});

const reason = otherAddress ? undefined : 'this machine has no address but its loopback ones';

(reason ? describe.skip : describe)(`relaxed, over the network${reason ? `, left out: ${reason}` : ''}`, () => {
  beforeEach(() => serve({ adminToken: () => TOKEN, relaxed: true, host: '0.0.0.0' }));

  it('needs a token, whatever Host says', async () => {
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask(serving.port, '/queues', 'GET', headers, otherAddress)).status;
    expect(await status({ Host: 'localhost' })).toBe(404);
    expect(await status({ Host: '127.0.0.1' })).toBe(404);
    expect(await status({ Host: 'localhost', ...BEARER })).toBe(200);
  });
});
