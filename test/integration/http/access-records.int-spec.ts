import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  All,
  BadRequestException,
  Body,
  Controller,
  Get,
  Head,
  HttpCode,
  Param,
  Post,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { FRAMEWORKS, type Framework, startWorld, type World } from './http-world.js';

@Controller('items')
class ItemsController {
  @Get(':id')
  get(@Param('id') id: string): object {
    return { id };
  }

  @Post()
  @HttpCode(204)
  create(@Body() _body: unknown): void {}

  @Get('fail/:how')
  fail(@Param('how') how: string): never {
    throw how === 'known' ? new BadRequestException('no') : new Error('boom');
  }

  @Get('stream/:parts')
  stream(@Param('parts') parts: string): StreamableFile {
    return new StreamableFile(Readable.from(Array.from({ length: Number(parts) }, () => Buffer.alloc(1000))));
  }

  @Get('slow/:id')
  async slow(): Promise<string> {
    await sleep(5000, undefined, { ref: false });
    return 'late';
  }

  @Get('broken/:id')
  broken(): StreamableFile {
    async function* parts(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(10);
      await sleep(5);
      throw new Error('the source broke');
    }
    return new StreamableFile(Readable.from(parts()));
  }

  @Head('head/:id')
  head(): void {}

  @All('any/:id')
  any(): string {
    return 'any';
  }
}

/** Node's own answer, as it is for a library that knows no framework. */
function own(response: any): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}

/** Answers by the means of Node alone. */
@Controller('own')
class OwnAnswersController {
  @Get('late')
  late(@Res() response: any): void {
    const answer = own(response);
    answer.write('a,b\n');
    answer.statusCode = 500;
    answer.end();
  }

  /** @param how the answer is written */
  @All('sized/:how')
  sized(@Param('how') how: string, @Res() response: any): void {
    const answer = own(response);
    if (how === 'text') answer.end('hellö');
    if (how === 'empty') answer.end();
    if (how === 'chunked') answer.writeHead(200, { 'Transfer-Encoding': 'chunked' }).end('hello');
    if (how === 'parts') void (answer.write('hel'), answer.end('lo'));
    if (how === 'unchanged') answer.writeHead(304).end('hello');
    if (how === 'no-content') answer.writeHead(204).end('hello');
    if (how === 'cut') void (answer.writeHead(200, { 'Content-Length': 10 }).write('hello'), answer.destroy());
  }
}

const start = (framework: Framework): Promise<World> =>
  startWorld(framework, {
    controllers: [ItemsController, OwnAnswersController],
    configure: (app) => app.setGlobalPrefix('api'),
  });

describe.each(FRAMEWORKS)('access records and metrics on %s', (framework) => {
  it.each([
    ['an answer', 'GET', '/api/items/7?token=s3cret', '/api/items/:id', 200],
    ['an answer without a body', 'POST', '/api/items', '/api/items', 204],
    ['a known error', 'GET', '/api/items/fail/known', '/api/items/fail/:how', 400],
    ['an unknown error', 'GET', '/api/items/fail/unknown', '/api/items/fail/:how', 500],
    ['an unknown path', 'GET', '/api/nowhere/7?x=1', 'unmatched', 404],
    ['a path outside of the prefix', 'GET', '/items/7', 'unmatched', 404],
    ['a method that the path has not', 'DELETE', '/api/items/7', 'unmatched', 404],
    ['a URL that cannot be decoded', 'GET', '/api/items/%FF', 'unmatched', 400],
    ['HEAD', 'HEAD', '/api/items/head/1', '/api/items/head/:id', 200],
    ['a stream', 'GET', '/api/items/stream/50', '/api/items/stream/:parts', 200],
    ['a route for all methods', 'PUT', '/api/items/any/1', '/api/items/any/:id', 200],
  ])('tell of %s', async (what, method, path, route, status) => {
    const world = await start(framework);
    const body = method === 'POST' ? { a: 1 } : undefined;
    const answer = await world.send(path, { method, body, headers: { 'x-request-id': 'one' } });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([status, 'one']);

    const record = await world.accessRecord('one');
    expect(record).toMatchObject({ method, route, path: path.replace(/\?.*/, ''), status, msg: 'request' });
    expect(record['level']).toBe(status >= 500 ? 'error' : 'info');
    expect(record['duration_ms']).toBeGreaterThan(0);
    expect(record).not.toHaveProperty('aborted');
    expect(world.accessRecords).toHaveLength(1);
    expect(JSON.stringify(world.logs)).not.toContain('s3cret');
    if (what === 'HEAD') expect(record['bytes']).toBe(0);
    else if (what !== 'a stream' && status !== 204) expect(record['bytes']).toBe(Buffer.byteLength(answer.text));

    const text = await world.metrics.registry.metrics();
    const labels = `http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"`;
    expect(text).toContain(`http_server_request_duration_seconds_count{${labels}} 1`);
    expect(text).toContain('http_server_active_requests 0');
  });

  it('tell the status that was sent, not one that was set afterwards', async () => {
    const world = await start(framework);
    expect((await world.send('/api/own/late', { headers: { 'x-request-id': 'late' } })).status).toBe(200);
    expect(await world.accessRecord('late')).toMatchObject({ status: 200, level: 'info' });
    expect(await world.observations()).toEqual({ 'GET /api/own/late 200': 1 });
  });

  it.each<[how: string, method: string, bytes: number | undefined]>([
    ['text', 'GET', 6],
    ['empty', 'GET', 0],
    ['empty', 'POST', 0],
    ['chunked', 'GET', undefined],
    ['parts', 'GET', undefined],
    ['text', 'HEAD', 0],
    ['unchanged', 'GET', 0],
    ['no-content', 'GET', 0],
    ['cut', 'GET', undefined],
  ])('tell the bytes of an answer whose length Node itself counts: %s %s', async (how, method, bytes) => {
    const world = await start(framework);
    await world.send(`/api/own/sized/${how}`, { method, headers: { 'x-request-id': 'sized' } }).catch(() => undefined);
    expect((await world.accessRecord('sized'))['bytes']).toBe(bytes);
  });

  it('tell of a body that is no JSON and one that is too large, before any route', async () => {
    const world = await start(framework);
    const large = 'x'.repeat(1_100_000);
    const bad = await world.send('/api/items', { method: 'POST', body: '{"a":', headers: { 'x-request-id': 'bad' } });
    const big = await world.send('/api/items', { method: 'POST', body: { large }, headers: { 'x-request-id': 'big' } });
    expect([bad.status, big.status]).toEqual([400, 413]);
    expect(await world.accessRecord('bad')).toMatchObject({ route: 'unmatched', status: 400, path: '/api/items' });
    expect(await world.accessRecord('big')).toMatchObject({ route: 'unmatched', status: 413 });
  });

  it('tell of a client that went away before the answer', async () => {
    const world = await start(framework);
    const socket = connect(world.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /api/items/slow/1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: gone\r\n\r\n');
    await world.untilInflight(1);
    expect(await world.metrics.registry.metrics()).toContain('http_server_active_requests 1');
    socket.destroy();
    expect(await world.accessRecord('gone')).toMatchObject({
      route: '/api/items/slow/:id',
      status: 499,
      aborted: true,
      level: 'info',
    });
    expect(world.drain.inflight).toBe(0);
    expect(await world.observations()).toEqual({ 'GET /api/items/slow/:id 499': 1 });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('tell of a client that went away in the middle of its body', async () => {
    const world = await start(framework);
    const socket = connect(world.port, '127.0.0.1').on('error', () => undefined);
    socket.write(
      'POST /api/items HTTP/1.1\r\nHost: a\r\nX-Request-Id: half\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await world.untilInflight(1);
    socket.destroy();
    expect(await world.accessRecord('half')).toMatchObject({
      method: 'POST',
      route: 'unmatched',
      status: 499,
      aborted: true,
      level: 'info',
    });
    expect(world.drain.inflight).toBe(0);
    expect(await world.observations()).toEqual({ 'POST unmatched 499': 1 });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('tell of a client that went away in the middle of a stream', async () => {
    const world = await start(framework);
    const socket = connect(world.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /api/items/stream/100000 HTTP/1.1\r\nHost: a\r\nX-Request-Id: cut\r\n\r\n');
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    socket.destroy();
    expect(await world.accessRecord('cut')).toMatchObject({ status: 200, aborted: true });
    expect(await world.observations()).toEqual({ 'GET /api/items/stream/:parts 200': 1 });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('tell of an answer whose source broke', async () => {
    const world = await start(framework);
    const headers = { 'x-request-id': 'broken' };
    await expect(world.send('/api/items/broken/1', { headers })).rejects.toThrow(/aborted|hang up/);
    expect(await world.accessRecord('broken')).toMatchObject({ status: 200, aborted: true });
    expect(await world.observations()).toEqual({ 'GET /api/items/broken/:id 200': 1 });
    expect(world.accessRecords).toHaveLength(1);
  });

  it('count pipelined requests whose connection goes', async () => {
    const world = await start(framework);
    const socket = connect(world.port, '127.0.0.1').on('error', () => undefined);
    const request = (id: string): string =>
      `GET /api/items/slow/${id} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n\r\n`;
    socket.write(request('p1') + request('p2') + request('p3'));
    await world.untilInflight(3);
    socket.destroy();
    for (const id of ['p1', 'p2', 'p3']) expect(await world.accessRecord(id)).toMatchObject({ aborted: true });
    expect(world.drain.inflight).toBe(0);
    expect(await world.observations()).toEqual({ 'GET /api/items/slow/:id 499': 3 });
    expect(world.accessRecords).toHaveLength(3);
  });

  it('keep the number of series small whatever clients send', async () => {
    const world = await start(framework);
    const strange = ['PROPFIND', 'TRACE', 'LOCK', 'PURGE', 'M-SEARCH'];
    for (const method of strange) await world.send('/api/items/1', { method });
    for (let at = 0; at < 30; at++) await world.send(`/random/${at}/${Math.random()}`);
    const text = await world.metrics.registry.metrics();
    const series = text.split('\n').filter((line) => line.startsWith('http_server_request_duration_seconds_count'));
    expect(series.length).toBeLessThanOrEqual(3);
    expect(series.join()).toContain('http_request_method="_OTHER",http_route="unmatched"');
    expect(series.join()).not.toMatch(/random|PROPFIND|PURGE/);
  });
});
