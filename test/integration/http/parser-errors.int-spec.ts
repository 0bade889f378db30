import { connect, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { standStill } from '../../support/stand-still.js';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, type Framework, type LogRecord, startWorld, type World } from './http-world.js';

const gates: PromiseWithResolvers<void>[] = [];

@Controller()
class EggsController {
  @Get()
  get(): string {
    return 'fine';
  }

  @Post()
  post(@Body() body: object): number {
    return Object.keys(body).length;
  }

  /** Writes when it is told to, whatever has become of its answer. */
  @Get('write')
  async write(@Res() response: any): Promise<void> {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    (response.raw ?? response).write('late');
  }

  @Get('wait')
  async wait(): Promise<string> {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return 'waited';
  }
}

const sockets: Socket[] = [];
afterEach(() => {
  gates.length = 0;
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** All that comes back until the connection ends; the server has to end it. */
async function sendRaw({ port }: World, bytes: string | Buffer): Promise<string> {
  const { ended, text } = dial(port, bytes);
  await ended;
  return text();
}

function dial(port: number, bytes: string | Buffer): { socket: Socket; ended: Promise<void>; text: () => string } {
  let text = '';
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
  sockets.push(socket);
  socket
    .setEncoding('latin1')
    .on('data', (part: string) => (text += part))
    .on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { socket, ended, text: () => text };
}

const start = (framework: Framework): Promise<World> => startWorld(framework, { controllers: [EggsController] });
const get = (more: string, line = 'GET / HTTP/1.1'): string => `${line}\r\nHost: a\r\n${more}\r\n`;
const post = (more: string): string => get(`Content-Type: application/json\r\n${more}`, 'POST / HTTP/1.1');

/** The one answer, which has to be the last of its connection. */
function answerOf(text: string): { status: number; head: string; json: any } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(head).toMatch(/^connection: close$/im);
  expect(head).toMatch(/^content-type: application\/json; charset=utf-8$/im);
  expect(head).toMatch(/^x-content-type-options: nosniff$/im);
  return { status: Number(head.split(' ')[1]), head, json: JSON.parse(body) };
}

const record = (world: World, id: unknown): Promise<LogRecord> => world.accessRecord(id);
const BAD = [400, 'Bad Request', 'BAD_REQUEST', 'The request is not valid HTTP'] as const;

const REFUSED: [what: string, bytes: string | Buffer, method: string, path: string][] = [
  ['a line that is no request', 'complete nonsense\r\n\r\n', '', ''],
  ['a method that nobody knows', 'EAT / HTTP/1.1\r\nHost: a\r\n\r\n', '', '/'],
  ['a version that nobody knows', 'GET /eggs?token=s3cret HTTP/9.1\r\nHost: a\r\n\r\n', 'GET', '/eggs'],
  ['Content-Length and Transfer-Encoding', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'), 'POST', '/'],
  ['two Content-Lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n'), 'POST', '/'],
  ['a space before the colon', get('TE : chunked\r\n'), 'GET', '/'],
  ['a folded header', get('X-A: b\r\n c\r\n'), 'GET', '/'],
  ['a NUL in a header', get('X-A: a\0b\r\n'), 'GET', '/'],
  ['the hello of TLS', Buffer.from('16030100a5010000a10303', 'hex'), '', ''],
  ['a transfer encoding that nobody knows', post('Transfer-Encoding: xchunked\r\n'), 'POST', '/'],
  ['a path with control bytes', 'GET /a\x01\x02 HTTP/1.1\r\nHost: a\r\n\r\n', 'GET', '/a'],
  ['a very long path', `GET /${'a'.repeat(15_000)} HTTP/9.9\r\nHost: a\r\n\r\n`, 'GET', `/${'a'.repeat(199)}`],
];

describe.each(FRAMEWORKS)('what the parser refuses on %s', (framework) => {
  it.each(REFUSED)('is answered, recorded and counted: %s', async (_what, bytes, method, path) => {
    const world = await start(framework);
    const { status, head, json } = answerOf(await sendRaw(world, bytes));
    const [code, error, name, message] = BAD;
    expect(status).toBe(code);
    expect(json).toEqual({ statusCode: code, message, error, code: name, request_id: expect.any(String) });
    expect(head.toLowerCase()).toContain(`x-request-id: ${json.request_id}`);
    expect(await record(world, json.request_id)).toMatchObject({ status, method, path, route: 'unmatched' });
    expect(world.accessRecords).toHaveLength(1);
    expect(JSON.stringify(world.logs)).not.toContain('s3cret');
    expect(await world.metrics.registry.metrics()).toContain(
      `http_server_request_duration_seconds_count{http_request_method="${method || '_OTHER'}",http_route="unmatched",http_response_status_code="400"} 1`,
    );
    await world.untilConnected(0);
    expect((await world.send('/')).text).toBe('fine');
  });

  it('is answered with 431 for headers that are too large, however much its client sends', async () => {
    const world = await start(framework);
    const { status, json } = answerOf(await sendRaw(world, get(`X-A: ${'a'.repeat(3_000_000)}\r\n`)));
    expect([status, json.code]).toEqual([431, 'REQUEST_HEADER_FIELDS_TOO_LARGE']);
    expect(await record(world, json.request_id)).toMatchObject({ status: 431, path: '/', method: 'GET' });
    await world.untilConnected(0);
    expect(world.accessRecords).toHaveLength(1);
  });

  it.each([
    ['is no number', 'zz\r\n'],
    ['ends in the wrong place', '5\r\nabcdefgh\r\n'],
    ['has LF in its extension', '5;a\nb\r\nabcde\r\n0\r\n\r\n'],
  ])('is answered by the request that it is in: a chunk that %s', async (_what, chunk) => {
    const world = await start(framework);
    const bytes = `${post('X-Request-Id: bad\r\nTransfer-Encoding: chunked\r\n')}${chunk}`;
    const { status, json } = answerOf(await sendRaw(world, bytes));
    expect([status, json.code, json.request_id]).toEqual([400, 'BAD_REQUEST', 'bad']);
    expect(await record(world, 'bad')).toMatchObject({ status: 400, path: '/', method: 'POST' });
    expect(world.accessRecords).toHaveLength(1);
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
    await world.untilConnected(0);
  });

  it.each([
    ['a head', '', get('Connection: close\r\n'), 200],
    ['a body', post('Connection: close\r\nContent-Length: 2\r\n'), '{}', 201],
  ])('is none of %s that came while the process stood still', async (_what, early, late, status) => {
    const timeouts = { headersTimeout: '1500ms', requestTimeout: '1500ms' } as const;
    const world = await startWorld(framework, { controllers: [EggsController], http: timeouts });
    const { socket, ended, text } = dial(world.port, early);
    await world.untilConnected(1);
    if (early) await world.untilInflight(1);
    // What is sent before the loop comes to its timers is read behind them.
    setImmediate(() => {
      socket.write(late);
      standStill(2200);
    });
    await ended;
    expect(text().match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
    await waitUntil(() => world.accessRecords.length > 0, { what: 'the record' });
    expect(world.accessRecords).toMatchObject([{ status }]);
  });

  it('is answered with 408 for a head or a body that does not come in time', async () => {
    const http = { headersTimeout: 200, requestTimeout: 400 };
    const world = await startWorld(framework, { controllers: [EggsController], http });
    const body = `${post('X-Request-Id: late\r\nContent-Length: 100\r\n')}{`;
    const [head, late, silent] = await Promise.all([
      sendRaw(world, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow'),
      sendRaw(world, body),
      sendRaw(world, ''),
    ]);
    expect([answerOf(head).status, answerOf(late).status, silent]).toEqual([408, 408, '']);
    expect(answerOf(late).json).toMatchObject({ code: 'REQUEST_TIMEOUT', request_id: 'late' });
    expect(await record(world, answerOf(head).json.request_id)).toMatchObject({ status: 408, route: 'unmatched' });
    expect(await record(world, 'late')).toMatchObject({ status: 408, path: '/', method: 'POST' });
    expect(world.accessRecords).toHaveLength(2);
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
    await world.untilConnected(0);
  });

  it('is not answered in the place of requests that came before it', async () => {
    const world = await start(framework);
    const client = dial(world.port, `${get('', 'GET /wait HTTP/1.1')}${get('', 'GET /wait HTTP/1.1')}nonsense\r\n\r\n`);
    await waitUntil(() => gates.length === 2 && world.accessRecords.length === 1, { what: 'the requests' });
    for (const { resolve } of gates) resolve();
    await client.ended;
    expect(client.text().match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(client.text().match(/HTTP\/1\.1 /g)).toHaveLength(2);
    expect(client.text()).toMatch(/keep-alive[^]*waited[^]*connection: close[^]*waited$/i);
    expect(world.accessRecords.map(({ status, aborted }) => `${status} ${aborted}`).toSorted()).toEqual([
      '200 undefined',
      '200 undefined',
      '400 true',
    ]);
    await world.untilConnected(0);
  });

  it('is answered in its turn, though a handler writes an answer of its own meanwhile', async () => {
    const world = await start(framework);
    const broken = `${get('Transfer-Encoding: chunked\r\n', 'GET /write HTTP/1.1')}zz\r\n`;
    const client = dial(world.port, get('', 'GET /wait HTTP/1.1') + broken);
    await waitUntil(() => gates.length === 2, { what: 'the requests' });
    gates[1]?.resolve();
    expect((await world.send('/')).text).toBe('fine');
    gates[0]?.resolve();
    await client.ended;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [^]*waitedHTTP\/1\.1 400 [^]*}$/);
    expect(world.accessRecords.map(({ status }) => String(status)).toSorted()).toEqual(['200', '200', '400']);
  });

  it('is answered behind requests that have their answers', async () => {
    const world = await start(framework);
    const client = dial(world.port, get(''));
    await waitUntil(() => client.text().endsWith('fine'), { what: 'the first answer' });
    client.socket.write('nonsense\r\n\r\n');
    await client.ended;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [^]*fineHTTP\/1\.1 400 [^]*}$/);
  });

  it('ends the connection without an answer when its client has left', async () => {
    const world = await start(framework);
    for (const bytes of ['GET / HT', `${post('Content-Length: 100\r\n')}{`]) dial(world.port, bytes).socket.end();
    await world.untilConnected(0);
    expect((await world.send('/')).text).toBe('fine');
  });

  it('is left to a listener of the application, and only recorded', async () => {
    const world = await start(framework);
    const server: Server = world.app.getHttpServer();
    server.on('clientError', (_error, socket) => void socket.end('HTTP/1.1 400 Mine\r\nConnection: close\r\n\r\n'));
    expect(await sendRaw(world, 'nonsense\r\n\r\n')).toBe('HTTP/1.1 400 Mine\r\nConnection: close\r\n\r\n');
    expect(world.accessRecords).toMatchObject([{ status: 400, route: 'unmatched' }]);
  });

  it('is answered in the same form where Node would answer by itself', async () => {
    const world = await start(framework);
    const hostless = answerOf(await sendRaw(world, 'GET / HTTP/1.1\r\nX-Request-Id: hostless\r\n\r\n'));
    expect([hostless.status, hostless.json.code, hostless.json.request_id]).toEqual([400, 'BAD_REQUEST', 'hostless']);
    const behind = await sendRaw(world, `GET / HTTP/1.1\r\n\r\n${get('X-Request-Id: behind\r\n')}`);
    expect(answerOf(behind).status).toBe(400);
    expect(world.accessRecords.map(({ request_id: id }) => id)).not.toContain('behind');
    const expecting = answerOf(await sendRaw(world, get('X-Request-Id: expects\r\nExpect: eggs\r\n')));
    expect([expecting.status, expecting.json.code]).toEqual([417, 'EXPECTATION_FAILED']);
    expect(await record(world, 'hostless')).toMatchObject({ status: 400 });
    expect(await record(world, 'expects')).toMatchObject({ status: 417 });
  });
});

describe.each(FRAMEWORKS)('what the parser lets through on %s', (framework) => {
  it.each([
    ['two Host headers', get('Host: b\r\nConnection: close\r\n'), 200],
    ['HTTP/1.0 without a Host', 'GET / HTTP/1.0\r\n\r\n', 200],
    ['a URL with a host', get('Connection: close\r\n', 'GET http://other/ HTTP/1.1'), 200],
    ['TRACE', get('Connection: close\r\n', 'TRACE / HTTP/1.1'), 404],
    ['a bare LF', 'GET / HTTP/1.1\nHost: a\nConnection: close\n\n', 400],
  ])('%s', async (_what, bytes, status) => {
    const world = await start(framework);
    expect(await sendRaw(world, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await waitUntil(() => world.accessRecords.length === 1, { what: 'the access record' });
    expect(world.accessRecords).toMatchObject([{ status }]);
  });

  it('the preface of HTTP/2 and CONNECT end their connections, and harm nobody', async () => {
    const world = await start(framework);
    await sendRaw(world, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await sendRaw(world, 'CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n');
    expect((await world.send('/')).text).toBe('fine');
    await world.untilConnected(0);
  });

  it('__proto__ in a body, which reaches no prototype', async () => {
    const world = await start(framework);
    const { status } = await world.send('/', { method: 'POST', body: '{"__proto__":{"egg":true}}' });
    expect([201, 400]).toContain(status);
    expect(({} as Record<string, unknown>)['egg']).toBeUndefined();
  });
});
