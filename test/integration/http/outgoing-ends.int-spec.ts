import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OutgoingCalls } from '@eggybyte/http';
import { Metrics, runInContext, type Span, type SpanEnd, type SpanOptions, Tracer } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { waitUntil } from '../../support/wait-until.js';

/** Remembers which spans were begun and how they ended. */
class KeptSpans extends Tracer {
  readonly begun: string[] = [];
  readonly ended: SpanEnd[] = [];

  override startSpan(name: string, { attributes }: SpanOptions = {}): Span {
    this.begun.push(`${name} ${String(attributes?.['url.full']).replace(/.*:\d+/, '')}`);
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' };
    return { trace, isRecorded: true, end: (end = {}) => void this.ended.push(end) };
  }

  override startEntry(name: string, _: unknown, options?: SpanOptions): Span {
    return this.startSpan(name, options);
  }
}

const SENDER = { 'x-request-id': 'req-9', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf';

let server: Server;
let url: string;
let metrics: Metrics;
let spans: KeptSpans;
let following: Disposable;
const sockets = new Set<Socket>();
beforeEach(async () => {
  server = createServer((request, response) => {
    const { socket } = request;
    if (request.url === '/whole') response.end('whole');
    else socket.write(HALF, () => request.url === '/broken' && setImmediate(() => socket.destroy()));
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  const websockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade === 'websocket')
      websockets.handleUpgrade(request, socket, head, (open) => open.close());
    else socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  metrics = new Metrics();
  spans = new KeptSpans();
  following = new OutgoingCalls({ metrics, tracer: spans }).follow();
});
afterEach(() => {
  following[Symbol.dispose]();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
});

/** The labels of all that was counted. */
async function counted(): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return [...text.matchAll(/_count\{(.*)\} (\d+)/g)].map(([, labels]) =>
    [...String(labels).matchAll(/(?:method|code|type)="([^"]*)"/g)].map(([, value]) => value).join(' '),
  );
}
const untilCounted = (): Promise<string[]> =>
  waitUntil(async () => ((await counted()).length > 0 ? counted() : undefined), { what: 'the call to be counted' });

/** The answer, whose body nobody has read. */
function ask(path: string, options: object = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}${path}`, options, resolve).on('error', reject).end();
  });
}
const fullDisk = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
const closed = (answer: IncomingMessage): Promise<void> =>
  new Promise((resolve) => void answer.on('error', () => undefined).once('close', resolve));

describe('a call by node:http', () => {
  it('whose answer breaks off in its middle is a failure', async () => {
    const answer = await runInContext(SENDER, () => ask('/broken'));
    await closed(answer.resume());

    expect(await untilCounted()).toEqual(['GET 200 ECONNRESET']);
    expect(spans.ended).toMatchObject([{ error: 'ECONNRESET', attributes: { 'http.response.status_code': 200 } }]);
  });

  it.each<[string, (answer: IncomingMessage) => unknown]>([
    ['destroys it', (answer) => answer.destroy()],
    ['destroys the request', (answer) => (answer as unknown as { req: { destroy(): void } }).req.destroy()],
    [
      'stops reading it',
      async (answer) => {
        for await (const part of answer) if (part) break;
      },
    ],
    ['cannot hand it on', (answer) => pipeline(answer, fullDisk()).catch(() => undefined)],
  ])('is none for who has its answer and %s', async (_, leave) => {
    const answer = await ask('/hangs');
    await Promise.all([closed(answer), leave(answer)]);

    expect(await untilCounted()).toEqual(['GET 200 ']);
  });

  it('that is given up before it has a connection ends too', async () => {
    const request = httpRequest(`${url}/whole`);
    request.abort();
    await new Promise((resolve) => void request.once('close', resolve));

    expect(await untilCounted()).toEqual(['GET  AbortError']);
  });

  it('ends when its upgrade is answered, as it is, for who takes it and for who does not', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'other' };
    for (const event of ['upgrade', 'close']) {
      const request = runInContext(SENDER, () => httpRequest(url, { headers }));
      await new Promise((resolve) => void request.once(event, resolve).end());
    }

    await waitUntil(() => spans.ended.length === 2, { what: 'both spans' });
    expect(await counted()).toEqual(['GET 101 ']);
    expect(spans.ended).toMatchObject(spans.begun.map(() => ({ attributes: { 'http.response.status_code': 101 } })));
  });

  it('ends when its tunnel is open', async () => {
    const request = runInContext(SENDER, () => httpRequest(url, { method: 'CONNECT', path: 'other:443' }));
    await new Promise((resolve) => void request.once('connect', resolve).end());

    expect(await untilCounted()).toEqual(['_OTHER 200 ']);
    expect(spans.ended).toHaveLength(1);
  });
});

describe('a websocket of Node', () => {
  it('begins no span, as nobody tells when it is open', async () => {
    const websocket = runInContext(SENDER, () => new WebSocket(url.replace('http', 'ws')));
    await new Promise((resolve) => websocket.addEventListener('close', resolve));

    expect(spans.begun).toEqual([]);
    expect(await counted()).toEqual([]);
  });
});
