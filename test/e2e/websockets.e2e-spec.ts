import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { users } from './users-service.js';

const SERVICE = join(import.meta.dirname, 'fixtures/websocket-service.mjs');
const ADAPTERS = ['fastify', 'express'];

const clients: WebSocket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

async function start(env: Record<string, string>): Promise<{ service: NodeProcess; url: string }> {
  const service = runNode(SERVICE, { env: users(env) });
  return { service, url: String((await service.waitForLog('ready'))['url']) };
}

interface Client {
  socket: WebSocket;
  messages: string[];
  errors: unknown[];
  closed: Promise<number>;
}

async function joinLive(url: string): Promise<Client> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
  clients.push(socket);
  const messages: string[] = [];
  const errors: unknown[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve);
  });
  socket.on('message', (data: Buffer) => messages.push(data.toString())).on('error', (error) => errors.push(error));
  await waitUntil(() => messages.includes('welcome') || errors.length > 0, { what: 'the welcome' });
  return { socket, messages, errors, closed };
}

describe.each(ADAPTERS.flatMap((adapter) => [[adapter, ''] as const, [adapter, '1'] as const]))(
  'a stop of a service with websockets (%s, BARE=%s)',
  (adapter, bare) => {
    const env = { HTTP_ADAPTER: adapter, BARE: bare };

    it('closes each as going away, after all that was sent, and ends with 0', async () => {
      const { service, url } = await start({ ...env, SHUTDOWN_DRAIN_DELAY: '300ms' });
      const all = await Promise.all(Array.from({ length: 20 }, () => joinLive(url)));
      service.signal('SIGTERM');
      const { inflight } = await service.waitForLog('draining');
      expect(inflight).toBe(0);
      for (const { socket } of all) socket.send(JSON.stringify({ event: 'count', data: 'drained' }));
      await waitUntil(() => all.every(({ messages }) => messages.length === 2), { what: 'the answers' });
      expect(new Set(await Promise.all(all.map(({ closed }) => closed)))).toEqual(new Set([1001]));
      expect(all.flatMap(({ errors }) => errors)).toEqual([]);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(service.logs.filter(({ level }) => ['warn', 'error', 'fatal'].includes(String(level)))).toEqual([]);
    });

    it('waits no longer for one that never answers, and ends with 0 all the same', async () => {
      const { service, url } = await start({ ...env, SHUTDOWN_TIMEOUT: '60s' });
      const { port } = new URL(url);
      const mute = connect(Number(port), '127.0.0.1', () =>
        mute.write(
          'GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        ),
      );
      let text = '';
      mute.on('error', () => undefined).on('data', (part) => (text += part.toString('latin1')));
      await waitUntil(() => text.includes('welcome'), { what: 'the welcome' });
      const began = performance.now();
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - began).toBeLessThan(20_000);
      mute.destroy();
    });
  },
);
