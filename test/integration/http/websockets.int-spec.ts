import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Controller, Get } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, type Framework, startWorld, type World } from './http-world.js';

@Controller()
class PlainController {
  @Get()
  get(): string {
    return 'plain';
  }
}

@WebSocketGateway({ path: '/live' })
class LiveGateway implements OnGatewayConnection {
  handleConnection(client: WebSocket): void {
    client.send('welcome');
  }

  @SubscribeMessage('echo')
  echo(_client: WebSocket, data: unknown): object {
    return { event: 'echo', data };
  }
}

const controllers = [PlainController];
/** Half of what the stop has in the tests of peers that never answer. */
const LIMIT_MS = 10_000;

const clients: WebSocket[] = [];
const connections: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  for (const socket of connections.splice(0)) socket.destroy();
});

interface Client {
  socket: WebSocket;
  messages: string[];
  errors: unknown[];
  /** The code of the close. */
  closed: Promise<number>;
}

/** An open client, with all that it was told. */
async function join(port: number, path = '/live', options: object = {}): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  clients.push(socket);
  const messages: string[] = [];
  const errors: unknown[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve);
  });
  socket.on('message', (data: Buffer) => messages.push(data.toString())).on('error', (error) => errors.push(error));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  return { socket, messages, errors, closed };
}

const HANDSHAKE = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;

/** A connection without a library, with all that came on it. */
function dial(port: number, bytes: string): { socket: Socket; bytes: () => Buffer; ended: Promise<void> } {
  const parts: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  connections.push(socket);
  socket.on('data', (part) => parts.push(part)).on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { socket, bytes: () => Buffer.concat(parts), ended };
}

/** What came after the head of the answer. */
function framesOf(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
}

const GOING_AWAY = Buffer.from([0x88, 2, 0x03, 0xe9]);

/** A service whose websockets are served by Nest's gateway, or by a library that was hung on its server. */
type Serve = (framework: Framework, onSocket?: (socket: WebSocket) => void) => Promise<World>;

const withGateway: Serve = (framework) =>
  startWorld(framework, {
    controllers,
    providers: [LiveGateway],
    configure: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
  });

const bare =
  (hang: (server: Server) => WebSocketServer, when: 'before' | 'after'): Serve =>
  async (framework, onSocket = (socket) => socket.send('welcome')) => {
    const hangOn = (server: Server): void => void hang(server).on('connection', onSocket);
    if (when === 'before')
      return startWorld(framework, { controllers, configure: (app) => hangOn(app.getHttpServer()) });
    const world = await startWorld(framework, { controllers });
    hangOn(world.app.getHttpServer());
    return world;
  };

const onServer = (server: Server): WebSocketServer => new WebSocketServer({ server, perMessageDeflate: true });
const withoutServer = (server: Server): WebSocketServer => {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request)),
  );
  return sockets;
};

const SERVED: [string, Serve][] = [
  ['a gateway of Nest', withGateway],
  ['ws, hung on the server', bare(onServer, 'before')],
  ['ws, hung on the listening server', bare(onServer, 'after')],
  ['ws without a server', bare(withoutServer, 'before')],
];

describe.each(FRAMEWORKS)('websockets on %s', (framework) => {
  describe.each(SERVED)('by %s', (_by, serve) => {
    it('are closed as going away, and are no cut', async () => {
      const world = await serve(framework);
      const client = await join(world.port);
      await waitUntil(() => client.messages.length === 1, { what: 'the welcome' });
      expect(await world.drain.finish(5000)).toEqual([]);
      expect([await client.closed, client.errors]).toEqual([1001, []]);
    });
  });

  it('stay open and work until the end of the drain delay', async () => {
    const world = await withGateway(framework);
    const client = await join(world.port);
    world.drain.beginDrain();
    client.socket.send(JSON.stringify({ event: 'echo', data: 'still there' }));
    await waitUntil(() => client.messages.some((text) => text.includes('still there')), { what: 'the echo' });
    const late = await join(world.port);
    expect(await world.drain.finish(5000)).toEqual([]);
    expect(await Promise.all([client.closed, late.closed])).toEqual([1001, 1001]);
  });

  it('get all that was sent to them before, compressed or not', async () => {
    const wanted = Array.from({ length: 50 }, (_, at) => `${at}:${'egg'.repeat(at * 100)}`);
    const open: WebSocket[] = [];
    const world = await bare(onServer, 'before')(framework, (socket) => open.push(socket));
    const compressed = await join(world.port);
    const plain = await join(world.port, '/', { perMessageDeflate: false });
    for (const text of wanted) for (const socket of open) socket.send(text);
    expect(await world.drain.finish(10_000)).toEqual([]);
    expect(await Promise.all([compressed.closed, plain.closed])).toEqual([1001, 1001]);
    expect(compressed.socket.extensions).toContain('permessage-deflate');
    expect(compressed.messages).toEqual(wanted);
    expect(plain.messages).toEqual(wanted);
  });

  it('are closed by the hundred', async () => {
    const world = await withGateway(framework);
    const all = await Promise.all(Array.from({ length: 100 }, () => join(world.port)));
    expect(await world.drain.finish(10_000)).toEqual([]);
    expect(new Set(await Promise.all(all.map(({ closed }) => closed)))).toEqual(new Set([1001]));
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('that never answer, or never read, hold the stop no longer than the grace', async () => {
    const open: WebSocket[] = [];
    const world = await bare(onServer, 'before')(framework, (socket) => open.push(socket));
    const mute = dial(world.port, HANDSHAKE('/'));
    await waitUntil(() => open.length === 1, { what: 'the first websocket' });
    const deaf = dial(world.port, HANDSHAKE('/'));
    await waitUntil(() => open.length === 2, { what: 'the second websocket' });
    deaf.socket.pause();
    open[1]?.send(randomBytes(20_000_000));
    const began = performance.now();
    expect(await world.drain.finish(20_000)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(LIMIT_MS);
    deaf.socket.resume();
    await Promise.all([mute.ended, deaf.ended]);
    expect(framesOf(mute.bytes())).toEqual(GOING_AWAY);
  });

  it('are closed at frame boundaries also when their library cannot be asked', async () => {
    const open: Duplex[] = [];
    const world = await startWorld(framework, {
      controllers,
      configure: (app) =>
        app.getHttpServer().on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
          open.push(socket);
        }),
    });
    const client = dial(world.port, HANDSHAKE('/own'));
    await waitUntil(() => open.length === 1, { what: 'the websocket' });
    const [socket] = open;
    socket?.cork();
    socket?.write(Buffer.from([0x81, 5]));
    socket?.write('hello');
    socket?.uncork();
    expect(await world.drain.finish(5000)).toEqual([]);
    await client.ended;
    expect(framesOf(client.bytes())).toEqual(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello'), GOING_AWAY]));
  });

  it('whose handshake was refused get no frame', async () => {
    const world = await startWorld(framework, {
      controllers,
      configure: (app) =>
        app.getHttpServer().on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
          socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
        }),
    });
    const client = dial(world.port, HANDSHAKE('/'));
    await waitUntil(() => client.bytes().includes('401'), { what: 'the refusal' });
    expect(await world.drain.finish(5000)).toEqual([]);
    await client.ended;
    expect(client.bytes().toString()).toBe('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  });

  it('in the middle of their handshake are completed and closed, or refused', async () => {
    const world = await startWorld(framework, {
      controllers,
      configure: (app) => {
        const verifyClient = ({ req }: { req: IncomingMessage }, done: (ok: boolean) => void): void => {
          if (req.url !== '/never') setTimeout(done, 300, true);
        };
        const sockets = new WebSocketServer({ server: app.getHttpServer(), verifyClient });
        sockets.on('connection', (socket) => socket.send('hi'));
      },
    });
    const slow = dial(world.port, HANDSHAKE('/slow'));
    const never = dial(world.port, HANDSHAKE('/never'));
    const half = dial(world.port, HANDSHAKE('/half').slice(0, -2));
    await world.untilConnected(3);
    const finished = world.drain.finish(5000);
    half.socket.write('\r\n');
    expect(await finished).toEqual([]);
    await Promise.all([slow.ended, never.ended, half.ended]);
    for (const { bytes } of [slow, half]) {
      expect(bytes().toString()).toMatch(/^HTTP\/1\.1 101 /);
      expect(framesOf(bytes())).toEqual(Buffer.concat([Buffer.from([0x81, 2]), Buffer.from('hi'), GOING_AWAY]));
    }
    expect(never.bytes().toString()).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('do not change what happens to upgrades that nobody handles', async () => {
    const world = await startWorld(framework, { controllers });
    const ask = { headers: { connection: 'upgrade', upgrade: 'h2c' } };
    expect((await world.send('/', ask)).text).toBe('plain');
    const server: Server = world.app.getHttpServer();
    const sockets = onServer(server);
    const client = await join(world.port, '/');
    expect(server.listenerCount('upgrade')).toBe(2);
    client.socket.terminate();
    sockets.close();
    expect(server.listenerCount('upgrade')).toBe(0);
    expect((await world.send('/', ask)).text).toBe('plain');
  });

  it('leave other protocols open to the end, and end them without a frame', async () => {
    const open: Duplex[] = [];
    const world = await startWorld(framework, {
      controllers,
      configure: (app) =>
        app.getHttpServer().on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: eggs\r\nConnection: Upgrade\r\n\r\n');
          open.push(socket);
        }),
    });
    const client = dial(world.port, HANDSHAKE('/').replace('websocket', 'eggs'));
    await waitUntil(() => open.length === 1, { what: 'the upgrade' });
    const finished = world.drain.finish(5000);
    open[0]?.write('last words');
    expect(await finished).toEqual([]);
    await client.ended;
    expect(framesOf(client.bytes()).toString()).toBe('last words');
    expect(open[0]?.writableEnded).toBe(true);
  });
});
