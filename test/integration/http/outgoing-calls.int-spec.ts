import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutgoingCalls } from '@eggybyte/http';
import { Metrics, runInContext } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../support/free-port.js';
import { waitUntil } from '../../support/wait-until.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SENDER = { 'x-request-id': 'req-9', traceparent: TRACEPARENT, tracestate: 'vendor=1' };

let server: Server;
let url: string;
let received: Record<string, unknown>[];
let metrics: Metrics;
let following: Disposable;
beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    received.push(request.headers);
    if (request.url === '/hangs') return;
    response.writeHead(request.url === '/missing' ? 404 : 200).end('x'.repeat(10));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  metrics = new Metrics();
  following = new OutgoingCalls({ metrics }).follow();
});
afterEach(() => {
  following[Symbol.dispose]();
  server.closeAllConnections();
  server.close();
});

const counted = async (status: string, error = ''): Promise<boolean> =>
  (await metrics.registry.metrics()).includes(
    `http_client_request_duration_seconds_count{http_request_method="GET",server_address="127.0.0.1",http_response_status_code="${status}",error_type="${error}"} 1\n`,
  );
const untilCounted = (status: string, error?: string): Promise<unknown> =>
  waitUntil(() => counted(status, error), { what: `a call with ${status} ${error}` });

const byNode = (address: string, headers: Record<string, string> | string[] = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(address, { headers }, (answer) => {
      answer.resume().once('close', () => resolve(answer.statusCode));
    });
    request.once('error', reject).end();
  });
const CLIENTS = [
  ['fetch', async (address: string, headers = {}) => void (await (await fetch(address, { headers })).text())],
  ['node:http', async (address: string, headers = {}) => void (await byNode(address, headers))],
] as const;

describe.each(CLIENTS)('a call by %s', (_, call) => {
  it('carries the ids of what it is made for, with a span of its own', async () => {
    await runInContext(SENDER, () => call(url));
    expect(received).toEqual([expect.objectContaining({ 'x-request-id': 'req-9', tracestate: 'vendor=1' })]);
    expect(received[0]?.['traceparent']).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/,
    );
  });

  it('keeps the headers that the caller has set', async () => {
    await runInContext(SENDER, () => call(url, { 'X-Request-ID': 'own', Traceparent: TRACEPARENT }));
    expect(received[0]).toMatchObject({ 'x-request-id': 'own', traceparent: TRACEPARENT });
  });

  it('carries nothing outside of a request', async () => {
    await call(url);
    expect(Object.keys(received[0] ?? {})).not.toContain('x-request-id');
    expect(Object.keys(received[0] ?? {})).not.toContain('traceparent');
  });

  it('is counted by its status', async () => {
    await call(url);
    await call(`${url}/missing`);
    await untilCounted('200');
    await untilCounted('404', '404');
    expect(received).toHaveLength(2);
  });

  it('is counted by its error when nobody answers', async () => {
    await expect(call(`http://127.0.0.1:${await freePort()}`)).rejects.toThrow(/fetch failed|ECONNREFUSED/);
    await untilCounted('', 'ECONNREFUSED');
  });

  it('is left alone by whoever does not follow any more', async () => {
    following[Symbol.dispose]();
    await runInContext(SENDER, () => call(url));
    expect(Object.keys(received[0] ?? {})).not.toContain('x-request-id');
  });
});

describe('a call', () => {
  it('that is given up is counted so', async () => {
    const given = fetch(`${url}/hangs`, { signal: AbortSignal.timeout(50) });
    await expect(given).rejects.toThrow(/timeout|abort/i);
    await waitUntil(async () => /error_type="(TimeoutError|AbortError)"/.test(await metrics.registry.metrics()), {
      what: 'the call that was given up',
    });
  });

  it('whose headers are a list that is sent already goes as it is', async () => {
    await runInContext(SENDER, () => byNode(url, ['Host', new URL(url).host, 'X-Own', '1']));
    expect(received[0]).toMatchObject({ 'x-own': '1' });
  });

  it('to ever new hosts makes no series without end', async () => {
    const port = await freePort();
    for (let n = 0; n < 130; n++) await fetch(`http://127.0.${n}.1:${port}`).catch(() => undefined);
    const text = await metrics.registry.metrics();
    const hosts = new Set([...text.matchAll(/server_address="([^"]+)"/g)].map(([, host]) => host));
    expect(hosts.size).toBe(101);
    expect(hosts).toContain('overflow');
  });
});
