import { connect } from 'node:net';
import type { Server } from 'node:http';
import { Body, Controller, Get, type INestApplication, Ip, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createHttpAdapter, EggyHttpModule, HttpDrain } from '@eggybyte/http';
import { describe, expect, it } from '@jest/globals';
import { FRAMEWORKS, type Framework, send, startWorld } from './http-world.js';

@Controller()
class PlainController {
  @Get()
  get(@Ip() ip: string): string {
    return ip;
  }

  @Post()
  post(@Body() body: object): number {
    return JSON.stringify(body).length;
  }
}

const controllers = [PlainController];
const timeouts = ({ keepAliveTimeout, headersTimeout, requestTimeout }: Server) => [
  keepAliveTimeout,
  headersTimeout,
  requestTimeout,
];

/** Milliseconds until the server ends a connection that sends no more than this. */
function cutAfter(port: number, bytes: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket
      .resume()
      .on('error', () => undefined)
      .on('close', () => resolve(performance.now() - began));
  });
}

async function plainNest(framework: Framework): Promise<INestApplication> {
  const app = await NestFactory.create({ controllers } as any, await createHttpAdapter(framework), { logger: false });
  app.useSecurityHeaders({ strictTransportSecurity: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each(FRAMEWORKS)('server settings on %s', (framework) => {
  it('are long for idle connections and short for slow clients', async () => {
    const { app } = await startWorld(framework, { controllers });
    expect(timeouts(app.getHttpServer())).toEqual([72_000, 10_000, 60_000]);
  });

  it('are changed by options; headers never get longer than the request', async () => {
    const http = { keepAliveTimeout: '5s', requestTimeout: '3s' } as const;
    const { app } = await startWorld(framework, { controllers, http });
    expect(timeouts(app.getHttpServer())).toEqual([5000, 3000, 3000]);
  });

  it('cut a client that sends its headers or its body too slowly', async () => {
    const world = await startWorld(framework, { controllers, http: { headersTimeout: 200, requestTimeout: 400 } });
    const body = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const [headers, whole] = await Promise.all([
      cutAfter(world.port, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow'),
      cutAfter(world.port, body),
    ]);
    expect(headers).toBeGreaterThan(150);
    expect(whole).toBeGreaterThan(350);
    expect((await world.send('/')).status).toBe(200);
  });

  it('refuse a body that is too large in such a way that a client that goes on sending is told', async () => {
    const world = await startWorld(framework, { controllers, http: { bodyLimit: 1000 } });
    const length = 30_000_000;
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const text = await new Promise<string>((resolve) => {
      let told = '';
      const socket = connect(world.port, '127.0.0.1', () => socket.write(head + ' '.repeat(length)));
      socket.setEncoding('latin1').on('data', (part: string) => (told += part));
      socket.on('error', () => undefined).on('close', () => resolve(told));
      setTimeout(() => socket.destroy(), 5000).unref();
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 [^]*"code":"PAYLOAD_TOO_LARGE"/);
  });

  it('set the security headers of Nest, without Strict-Transport-Security and X-Powered-By', async () => {
    const world = await startWorld(framework, { controllers });
    const plain = await plainNest(framework);
    const nest = await send(plain.getHttpServer().address().port, '/');
    await plain.close();
    const { headers } = await world.send('/');
    const { date: _date, 'x-request-id': id, ...ours } = headers;
    const { date: _other, ...theirs } = nest.headers;
    expect(id).toBeDefined();
    expect(ours).toEqual(theirs);
    expect(Object.keys(ours)).toContain('content-security-policy');
    expect(Object.keys(ours)).not.toContain('x-powered-by');
    expect(Object.keys(ours)).not.toContain('strict-transport-security');
  });

  it('leave security headers out, replace or add them by option', async () => {
    const securityHeaders = { 'x-frame-options': 'DENY', 'Referrer-Policy': false, 'X-Egg': 'yes' } as const;
    const some = await startWorld(framework, { controllers, http: { securityHeaders } });
    const { headers } = await some.send('/');
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-egg': 'yes', 'x-content-type-options': 'nosniff' });
    expect(headers).not.toHaveProperty('referrer-policy');
    const none = await startWorld(framework, { controllers, http: { securityHeaders: false } });
    expect((await none.send('/')).headers).not.toHaveProperty('x-content-type-options');
    expect((await none.send('/')).headers).not.toHaveProperty('x-powered-by');
  });

  it('leave Nest’s own security features working', async () => {
    const world = await startWorld(framework, {
      controllers,
      configure: (app) => app.useSecurityHeaders({ xFrameOptions: { action: 'deny' } }).enableCsrfProtection(),
    });
    expect((await world.send('/')).headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-request-id': expect.any(String),
    });
    const foreign = await world.send('/', { method: 'POST', body: {}, headers: { 'sec-fetch-site': 'cross-site' } });
    expect([foreign.status, foreign.json.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('believe forwarding headers only when told', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const careful = await startWorld(framework, { controllers });
    expect((await careful.send('/', { headers })).text).toBe('127.0.0.1');
    const trusting = await startWorld(framework, { controllers, http: { trustProxy: 'loopback' } });
    expect((await trusting.send('/', { headers })).text).toBe('203.0.113.7');
  });

  it('refuse a limit that is none', async () => {
    await expect(startWorld(framework, { http: { bodyLimit: 0 } })).rejects.toThrow(
      /`bodyLimit` to be a number of bytes/,
    );
    await expect(startWorld(framework, { http: { requestTimeout: '1 minute' as '1m' } })).rejects.toThrow(
      /requestTimeout/,
    );
  });

  it('keep two applications of one process apart', async () => {
    const one = await startWorld(framework, { controllers });
    const two = await startWorld(framework, { controllers });
    await one.send('/', { headers: { 'x-request-id': 'one' } });
    await one.accessRecord('one');
    expect(two.accessRecords).toEqual([]);
    expect(await two.metrics.registry.metrics()).not.toContain('http_server_request_duration_seconds_count{');
  });
});

describe('server settings', () => {
  it('leave the body limit of a Fastify adapter that has its own', async () => {
    const root = { imports: [EggyHttpModule.forRoot({})], controllers };
    const app = await NestFactory.create(root as any, new FastifyAdapter({ bodyLimit: 3_000_000 }), { logger: false });
    await app.listen(0, '127.0.0.1');
    const body = { text: 'x'.repeat(2_000_000) };
    const { status } = await send(app.getHttpServer().address().port, '/', { method: 'POST', body });
    await app.close();
    expect(status).toBe(201);
  });

  it('do nothing in an application without HTTP', async () => {
    const context = await NestFactory.createApplicationContext({ imports: [EggyHttpModule.forRoot({})] } as any, {
      logger: false,
    });
    expect(context.get(HttpDrain).inflight).toBe(0);
    await context.close();
  });
});
