import dns from 'node:dns';
import type { Server } from 'node:http';
import { connect, createServer, type Server as NetServer } from 'node:net';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createHttpAdapter, EggyHttpModule, HttpListenError, HttpPortInUseError } from '@eggybyte/http';
import { EggyLifecycleModule, Launcher } from '@eggybyte/lifecycle';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, type Framework, type LogRecord, startWorld } from './http-world.js';

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
}

@WebSocketGateway({ path: '/live' })
class LiveGateway {}

const controllers = [EggsController];
const taken: NetServer[] = [];
afterEach(() => {
  for (const server of taken.splice(0)) server.close();
});

async function takenPort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  taken.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return (server.address() as { port: number }).port;
}

/** The error of an application that cannot listen, and what was logged as an error. */
async function failure(framework: Framework, listen: unknown[], launcher?: Launcher): Promise<[any, LogRecord[]]> {
  const errors: LogRecord[] = [];
  const silent = (): void => undefined;
  const logger = { log: silent, warn: silent, error: (message: unknown) => errors.push({ message }) };
  const lifecycle = launcher ? [EggyLifecycleModule.forRoot({ launcher })] : [];
  const app = await NestFactory.create(
    { module: class {}, imports: [...lifecycle, EggyHttpModule.forRoot({})], controllers } as any,
    await createHttpAdapter(framework),
    { logger, abortOnError: false },
  );
  try {
    await app.listen(...(listen as [number, string]));
    return ['it listens', errors];
  } catch (error) {
    return [error, errors];
  } finally {
    await app.close();
  }
}

describe.each(FRAMEWORKS)('an address that cannot be listened on, on %s,', (framework) => {
  it('is told when the port is in use, with who has it', async () => {
    const port = await takenPort();
    const [error, logged] = await failure(framework, [port, '127.0.0.1']);
    expect(error).toBeInstanceOf(HttpPortInUseError);
    expect(error).toMatchObject({
      code: 'EGGY_HTTP_PORT_IN_USE',
      what: `HTTP cannot be served on 127.0.0.1:${port}`,
      why: `port ${port} is in use by this process itself`,
      fix: expect.stringContaining('PORT'),
      cause: { code: 'EADDRINUSE' },
    });
    expect(logged).toEqual([]);
  });

  it('is told through the launcher too, whose stop does not wait for it', async () => {
    const launcher = new Launcher();
    const [error] = await failure(framework, [await takenPort(), '127.0.0.1'], launcher);
    expect(error).toBeInstanceOf(HttpPortInUseError);
    expect(launcher.failures).toEqual([]);
  });

  it('is told without a host, and by a callback', async () => {
    const port = await takenPort('0.0.0.0');
    const [error] = await failure(framework, [port, '0.0.0.0', () => undefined]);
    expect(error).toMatchObject({ code: 'EGGY_HTTP_PORT_IN_USE' });
  });

  it.each([
    ['192.0.2.7', 'EADDRNOTAVAIL', '192.0.2.7 is not an address of this machine'],
    ['no-such-host.invalid', /^(ENOTFOUND|EAI_AGAIN)$/, 'the host name no-such-host.invalid does not resolve'],
  ])('is told when it is no address of this machine: %s', async (host, code, why) => {
    const [error, logged] = await failure(framework, [0, host]);
    expect(error).toBeInstanceOf(HttpListenError);
    expect(error).toMatchObject({ code: 'EGGY_HTTP_LISTEN', why, fix: expect.stringContaining('HOST') });
    expect(error.cause.code).toMatch(code);
    expect(logged).toEqual([]);
  });
});

describe('the second address that Fastify binds for localhost', () => {
  const { lookup } = dns;
  beforeEach(() => {
    // A machine whose localhost has two addresses, whatever this one has.
    const both = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    const resolve = (host: string, options: any, done: any): void => {
      if (host !== 'localhost') return lookup(host, options, done);
      if (options.all) process.nextTick(done, null, both);
      else process.nextTick(done, null, '127.0.0.1', 4);
    };
    dns.lookup = resolve as typeof lookup;
  });
  afterEach(() => {
    dns.lookup = lookup;
  });

  const start = (http = {}) =>
    startWorld('fastify', {
      controllers,
      http,
      host: 'localhost',
      providers: [LiveGateway],
      configure: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
    });

  function raw(port: number, host: string, bytes: string): Promise<string> {
    let text = '';
    return new Promise((resolve) => {
      const socket = connect(port, host, () => socket.write(bytes));
      socket.setEncoding('latin1').on('data', (part: string) => (text += part));
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
  }

  it.each(['127.0.0.1', '127.0.0.2'])('has the limits and the answers of the first: %s', async (address) => {
    const world = await start({ headersTimeout: 200, requestTimeout: 400 });
    const body = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const [head, slow, bad] = await Promise.all([
      raw(world.port, address, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow'),
      raw(world.port, address, body),
      raw(world.port, address, 'nonsense\r\n\r\n'),
    ]);
    for (const [text, status] of [
      [head, 408],
      [slow, 408],
      [bad, 400],
    ] as const) {
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*"statusCode":${status},.*"request_id":`));
    }
    expect(world.accessRecords).toHaveLength(3);
  });

  it('keeps idle connections as long as the first', async () => {
    const world = await start({ keepAliveTimeout: '33s' });
    const fine = await raw(world.port, '127.0.0.2', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(fine).toMatch(/fine$/);
    const socket = connect(world.port, '127.0.0.2', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    const head = await new Promise((resolve) => {
      socket.once('data', (data) => resolve(data.toString()));
    });
    socket.destroy();
    expect(head).toMatch(/^keep-alive: timeout=33\r$/im);
  });

  it('has its websockets closed at the drain', async () => {
    const world = await start();
    const client = new WebSocket(`ws://127.0.0.2:${world.port}/live`);
    await new Promise((resolve, reject) => {
      client.once('open', resolve).once('error', reject);
    });
    const closed = new Promise((resolve) => {
      client.once('close', resolve);
    });
    expect(await world.drain.finish(5000)).toEqual([]);
    expect(await closed).toBe(1001);
  });

  it('answers an upgrade that nobody handles as the first does', async () => {
    const world = await startWorld('fastify', { controllers, host: 'localhost' });
    const ask = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    const answers: string[] = [];
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      void raw(world.port, address, ask).then((text) => answers.push(text));
    }
    await waitUntil(() => answers.length === 2, { what: 'both answers', timeout: 3000 });
    for (const text of answers) expect(text).toMatch(/^HTTP\/1\.1 200 [^]*fine$/);
    const server: Server = world.app.getHttpServer();
    expect(server.listenerCount('upgrade')).toBe(0);
  });
});
