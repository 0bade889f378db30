import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { standStill } from '../../support/stand-still.js';
import { waitUntil } from '../../support/wait-until.js';
import { ask, sendRaw } from './raw-http.js';
import { Serving } from './serving.js';

let serving: Serving;
beforeAll(async () => {
  Logger.overrideLogger(false);
  serving = await Serving.start();
});
afterAll(() => serving[Symbol.asyncDispose]());

const get = (rest: string, line = 'GET /livez HTTP/1.1'): string => `${line}\r\n${rest}\r\n`;
const HOST = 'Host: a\r\n';
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const TLS_HELLO = Buffer.from('160301007a010000760303', 'hex');

/** What is sent, and the status that it is answered with at most once before the server closes. */
const REFUSED: [string, string | Buffer, number][] = [
  ['a body on GET', `${get(`${HOST}Content-Length: 5\r\n`)}hello`, 400],
  ['a chunked body on GET', `${get(`${HOST}Transfer-Encoding: chunked\r\n`)}5\r\nhello\r\n0\r\n\r\n`, 400],
  ['a body that never comes', get(`${HOST}Content-Length: 1000000000\r\n`), 400],
  ['a body after 100-continue', get(`${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n`), 400],
  ['an unknown expectation', get(`${HOST}Expect: miracles\r\nConnection: close\r\n`), 417],
  ['both Content-Length and Transfer-Encoding', get(`${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`), 400],
  ['two Content-Lengths', get(`${HOST}Content-Length: 5\r\nContent-Length: 6\r\n`), 400],
  ['an unknown transfer coding', get(`${HOST}Transfer-Encoding: xchunked\r\n`), 400],
  ['a space before a colon', get(`${HOST}X-A : b\r\n`), 400],
  ['a space before the colon of Transfer-Encoding', get(`${HOST}Transfer-Encoding : chunked\r\n`), 400],
  [
    'a line feed in a chunk extension',
    `${get(`${HOST}Transfer-Encoding: chunked\r\n`)}5;\n\r\nhello\r\n0\r\n\r\n`,
    400,
  ],
  ['a header of the wrong length', get(`${HOST}Content-Length: 5x\r\n`), 400],
  ['a negative length', get(`${HOST}Content-Length: -5\r\n`), 400],
  ['bytes before the request', `\x01\x02${get(HOST)}`, 400],
  ['a line of 20 KB', get(HOST, `GET /${'a'.repeat(20_000)} HTTP/1.1`), 431],
  ['many small headers', get(`${HOST}${'a: b\r\n'.repeat(3000)}`), 431],
  ['a folded header', get(`${HOST}X-A: b\r\n c\r\n`), 400],
  ['bare line feeds', 'GET /livez HTTP/1.1\nHost: a\n\n', 400],
  ['a NUL in a header', get(`${HOST}X-A: b\0c\r\n`), 400],
  ['no Host', get(''), 400],
  ['two Hosts', get(`${HOST}Host: b\r\n`), 400],
  ['HTTP/0.9', 'GET /livez\r\n\r\n', 400],
  ['HTTP/3.0', get(HOST, 'GET /livez HTTP/3.0'), 400],
  ['the preface of HTTP/2', HTTP2_PREFACE, 400],
  ['a TLS handshake', TLS_HELLO, 400],
  ['noise', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 37) % 256)), 400],
  ['a header of 20 KB', get(`${HOST}X-A: ${'a'.repeat(20_000)}\r\n`), 431],
  ['TRACE', get(HOST, 'TRACE /livez HTTP/1.1'), 405],
  ['POST with a body', `${get(`${HOST}Content-Length: 5\r\n`, 'POST /livez HTTP/1.1')}hello`, 405],
];

describe('the monitoring port', () => {
  it.each(REFUSED)('refuses %s and closes the connection', async (_what, bytes, status) => {
    const { text, closed } = await sendRaw(serving.port, bytes);
    expect(closed).toBe(true);
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual([`HTTP/1.1 ${status}`]);
    expect((await ask(serving.port, '/livez')).status).toBe(200);
  });

  it.each(['CONNECT a:80 HTTP/1.1', 'CONNECT 127.0.0.1:1 HTTP/1.1', 'CONNECT /livez HTTP/1.1'])(
    'closes on %s, whatever follows',
    async (line) => {
      for (const rest of ['', get(HOST), TLS_HELLO.toString('latin1')]) {
        const { text, closed } = await sendRaw(serving.port, get(HOST, line) + rest);
        expect(closed).toBe(true);
        expect(text).not.toMatch(/HTTP\/1\.1 2/);
      }
      expect((await ask(serving.port, '/livez')).status).toBe(200);
    },
  );

  it('answers the request of an upgrade in plain HTTP', async () => {
    for (const protocol of ['websocket', 'h2c', 'TLS/1.3', 'a, b']) {
      const settings = 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
      const headers = `${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\n${settings}`;
      const { text } = await sendRaw(serving.port, get(headers), 300);
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('knows no absolute URL', async () => {
    const { text } = await sendRaw(serving.port, get(`${HOST}Connection: close\r\n`, 'GET http://a/livez HTTP/1.1'));
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('answers pipelined requests one by one', async () => {
    const last = get(`${HOST}Connection: close\r\n`, 'GET /nothing HTTP/1.1');
    const { text } = await sendRaw(serving.port, get(HOST) + get(HOST) + last);
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  });

  it.each([
    ['an unfinished escape', '?exclude=%'],
    ['bytes that are no UTF-8', '?exclude=%ff%fe'],
    ['a thousand parameters', `?${'a=b&'.repeat(1000)}`],
    ['line breaks', '?verbose&exclude=%0d%0aX-A:%20b'],
    ['the name of the prototype', '?__proto__=1&format=__proto__'],
  ])('takes a query with %s', async (_what, query) => {
    const { status, headers } = await ask(serving.port, `/readyz${query}`);
    expect(status).toBe(200);
    expect(headers['x-a']).toBeUndefined();
  });

  it('cuts clients that send their headers slowly, and answers probes meanwhile', async () => {
    const sockets = Array.from({ length: 200 }, () => connect(serving.port, '127.0.0.1'));
    const trickle = setInterval(() => sockets.forEach((socket) => socket.write('X')), 100);
    const open = new Set<Socket>(sockets);
    for (const socket of sockets) {
      socket.write('GET /livez HTTP/1.1\r\nX-');
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    expect((await ask(serving.port, '/livez')).status).toBe(200);
    // headersTimeout 2 s, looked after every 0.5 s; the rest is for a slow machine.
    await waitUntil(() => open.size === 0, { what: 'the slow clients to be cut', timeout: 4500 });
    clearInterval(trickle);
  }, 15_000);

  it('answers a probe that came while the process stood still for longer than a client may take', async () => {
    const { socket, connected } = connection();
    await connected;
    const answer = new Promise((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString())));
    // What is sent before the loop comes to its timers and is read behind them.
    setImmediate(() => {
      socket.write(get(`${HOST}Connection: close\r\n`));
      standStill(2700);
    });
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  }, 15_000);

  it('answers probes while 300 connections say nothing, and while 300 wait for their next request', async () => {
    const silent = Array.from({ length: 300 }, () => connection());
    const waiting = Array.from({ length: 300 }, () => connection(get(HOST)));
    await Promise.all([...silent, ...waiting].map(({ connected }) => connected));
    for (let turn = 0; turn < 20; turn++) expect((await ask(serving.port, '/readyz')).status).toBe(200);
    const all = [...silent, ...waiting];
    await waitUntil(() => all.every(({ socket }) => socket.closed), {
      what: 'idle connections to be cut',
      timeout: 14_000,
    });
  }, 20_000);

  it('refuses connections beyond its limit at once, and serves again when they are gone', async () => {
    await using small = await Serving.start({ maxConnections: 256 });
    const held = Array.from({ length: 256 }, () => connection('', small.port));
    await Promise.all(held.map(({ connected }) => connected));
    const refused = async (): Promise<boolean> =>
      ask(small.port, '/livez').then(
        () => false,
        () => true,
      );
    await waitUntil(refused, { what: 'a probe to be refused' });
    expect((await ask(serving.port, '/livez')).status).toBe(200);
    for (const { socket } of held) socket.destroy();
    await waitUntil(async () => (await ask(small.port, '/livez')).status === 200, { what: 'the port to serve again' });
  });

  it('cuts clients that say nothing at all', async () => {
    const { closed } = await sendRaw(serving.port, '', 8000);
    expect(closed).toBe(true);
  }, 15_000);
});

/** A connection that only writes these bytes. */
function connection(bytes = '', port = serving.port): { socket: Socket; connected: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(bytes);
    resolve();
  });
  socket.on('error', resolve).resume();
  return { socket, connected: promise };
}
