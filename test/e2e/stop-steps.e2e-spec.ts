import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/wait-until.js';
import { startTroubled, type TroubledService } from './troubled-service.js';

const DRAIN_MS = 2000;
/** What a stop may take besides, on a busy machine. */
const MARGIN_MS = 5000;

async function addressesOf({ process }: TroubledService): Promise<{ url: string; monitoringUrl: string }> {
  const { url, monitoring_url } = await process.waitForLog('ready');
  return { url: String(url), monitoringUrl: String(monitoring_url) };
}

interface Connection {
  socket: Socket;
  /** What came so far. */
  text(): string;
  closed: Promise<void>;
}

/** A connection that has sent this. */
function send(url: string, request: string): Connection {
  let text = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket
    .setEncoding('utf8')
    .on('data', (part: string) => (text += part))
    .on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(request);
  return { socket, text: () => text, closed };
}

describe.each(['fastify', 'express'])('the stop of an idle service on %s', (adapter) => {
  it('goes step by step: unready, serving on, services, hooks, initializers, probes; and ends with 0', async () => {
    const env = { HTTP_ADAPTER: adapter, SHUTDOWN_DRAIN_DELAY: `${DRAIN_MS}ms` };
    const service = startTroubled([], env);
    const { url, monitoringUrl } = await addressesOf(service);
    const began = performance.now();
    service.process.signal('SIGTERM');

    await service.process.waitForAnswer(`${monitoringUrl}/readyz`, 503);
    expect((await fetch(`${monitoringUrl}/livez`)).status).toBe(200);
    const answer = await fetch(`${url}/nothing`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([404, 'close']);
    expect(service.told().filter((line) => line.startsWith('- '))).toEqual(['- gateway']);

    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(DRAIN_MS);
    expect(tookMs).toBeLessThan(DRAIN_MS + MARGIN_MS);
    const parts = ['gateway', 'mails', 'orders', 'hook', 'pool', 'second', 'first'];
    const told = service.told();
    expect(told.slice(told.indexOf('SIGTERM') + 1)).toEqual(parts.map((part) => `- ${part}`));
    const steps = service.process.logs.map(({ msg }) => String(msg)).filter((msg) => /^(state: |stopped$)/.test(msg));
    expect(steps).toEqual(['state: ready', 'state: draining', 'state: stopping', 'state: stopped', 'stopped']);
    await expect(fetch(`${monitoringUrl}/livez`)).rejects.toThrow('fetch failed');
  });
});

describe('the stop of a service that broke down', () => {
  it('serves on for the drain delay after a crash, as balancers still send requests, and ends with 1', async () => {
    const service = startTroubled(['crash'], { SHUTDOWN_DRAIN_DELAY: `${DRAIN_MS}ms` });
    const { url, monitoringUrl } = await addressesOf(service);
    await service.process.waitForAnswer(`${monitoringUrl}/livez`, 503);
    expect((await fetch(`${monitoringUrl}/readyz`)).status).toBe(503);
    const answer = await fetch(`${url}/nothing`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([404, 'close']);

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
  });

  it('does without the delay after a fatal error', async () => {
    const service = startTroubled(['throw-error'], { SHUTDOWN_DRAIN_DELAY: '20s', SHUTDOWN_TIMEOUT: '25s' });
    await service.until('ready');
    const began = performance.now();

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

describe.each(['fastify', 'express'])('a stop on %s with a request at hand', (adapter) => {
  const env = { HTTP_ADAPTER: adapter, SHUTDOWN_TIMEOUT: '2s' };

  it('ends an event stream politely, which is no cut, with 0', async () => {
    const service = startTroubled([], env);
    const { url } = await addressesOf(service);
    const stream = send(url, 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitUntil(() => stream.text().includes('data: 1'), { what: 'an event' });
    service.process.signal('SIGTERM');

    await stream.closed;
    // The last chunk: the stream is ended, not broken off.
    expect(stream.text()).toMatch(/\r\n0\r\n\r\n$/);
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    expect(service.messages('error')).toEqual([]);
  });

  it('cuts an upload that was sent by half at the limit, counts it and ends with 1', async () => {
    const service = startTroubled([], env);
    const { url, monitoringUrl } = await addressesOf(service);
    const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
    const upload = send(url, `${head}{"half": `);
    const inflight = async (): Promise<boolean> =>
      /^http_server_active_requests\S* 1$/m.test(await (await fetch(`${monitoringUrl}/metrics`)).text());
    await waitUntil(inflight, { what: 'the upload to be at hand' });
    service.process.signal('SIGTERM');

    await upload.closed;
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('error')).toEqual([expect.stringMatching(/\b1 request/)]);
    expect(service.told()).toContain('- first');
  });
});
