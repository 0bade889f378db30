import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Controller, Get } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { FRAMEWORKS, type Framework, startWorld, type World } from './http-world.js';

@Controller()
class PlainController {
  @Get()
  get(): string {
    return 'plain';
  }
}

const HANDSHAKE =
  'GET /live?token=s3cret HTTP/1.1\r\nHost: a\r\nX-Request-Id: up\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

type OnUpgrade = (socket: Duplex, request: IncomingMessage) => void;

/** A service whose server hands its upgrades to somebody, and a client that asked for one. */
async function upgrade(framework: Framework, onUpgrade: OnUpgrade, bytes = HANDSHAKE): Promise<World> {
  const world = await startWorld(framework, {
    controllers: [PlainController],
    configure: (app) => {
      for (const event of ['upgrade', 'connect'])
        app.getHttpServer().on(event, (request: IncomingMessage, socket: Duplex) => {
          // A connection that left HTTP is closed by whoever took it over.
          socket.on('error', () => undefined).once('end', () => socket.end());
          onUpgrade(socket.resume(), request);
        });
    },
  });
  const client = connect(world.port, '127.0.0.1', () => client.write(bytes)).on('error', () => undefined);
  sockets.push(client.resume());
  return world;
}

/** By the library of websockets, which refuses by `end`. */
const byWs =
  (accepts: boolean): OnUpgrade =>
  (socket, request) =>
    new WebSocketServer({ noServer: true, verifyClient: () => accepts }).handleUpgrade(
      request,
      socket,
      Buffer.alloc(0),
      (client) => client.send('welcome'),
    );

describe.each(FRAMEWORKS)('upgrades on %s', (framework) => {
  it.each<[string, OnUpgrade, number]>([
    ['a websocket that is opened', byWs(true), 101],
    ['a websocket that is refused', byWs(false), 401],
    ['another protocol', (socket) => socket.write(Buffer.from('HTTP/1.1 101 Eggs\r\nUpgrade: eggs\r\n\r\n')), 101],
    ['a failure', (socket) => socket.end('HTTP/1.0 502 Bad Gateway\r\n\r\n'), 502],
    ['an answer that is none', (socket) => socket.end('eggs'), 500],
    ['a connection that is closed', (socket) => socket.destroy(), 499],
  ])('leave one record and one observation: %s', async (_what, onUpgrade, status) => {
    const world = await upgrade(framework, onUpgrade);
    const record = await world.accessRecord('up');
    expect(record).toMatchObject({ method: 'GET', route: 'unmatched', path: '/live', status, msg: 'request' });
    expect([record['level'], record['aborted']]).toEqual([
      status >= 500 ? 'error' : 'info',
      status === 499 ? true : undefined,
    ]);
    expect(record['duration_ms']).toBeGreaterThan(0);
    expect(world.drain.inflight).toBe(0);
    for (const socket of sockets.splice(0)) socket.destroy();
    await world.untilConnected(0);
    expect(world.accessRecords).toHaveLength(1);
    expect(await world.observations()).toEqual({ [`GET unmatched ${status}`]: 1 });
    expect(JSON.stringify(world.logs)).not.toContain('s3cret');
  });

  it('that nobody has answered are refused at the drain, and recorded so', async () => {
    const asked = Promise.withResolvers<void>();
    const world = await upgrade(framework, () => asked.resolve());
    await asked.promise;
    await world.drain.finish(100);
    expect(await world.accessRecord('up')).toMatchObject({ status: 503, level: 'error' });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('that nobody handles are requests as any other', async () => {
    const world = await startWorld(framework, { controllers: [PlainController] });
    const headers = { connection: 'upgrade', upgrade: 'h2c', 'x-request-id': 'up' };
    expect((await world.send('/', { headers })).text).toBe('plain');
    expect(await world.accessRecord('up')).toMatchObject({ route: '/', status: 200 });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('to a tunnel leave one too', async () => {
    const answer: OnUpgrade = (socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n');
    const world = await upgrade(framework, answer, 'CONNECT b:443 HTTP/1.1\r\nHost: b\r\nX-Request-Id: up\r\n\r\n');
    expect(await world.accessRecord('up')).toMatchObject({ method: 'CONNECT', path: 'b:443', status: 405 });
    expect(await world.observations()).toEqual({ '_OTHER unmatched 405': 1 });
  });
});
