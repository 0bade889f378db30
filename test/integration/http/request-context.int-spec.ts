import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  Post,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { requestContext, runInContext } from '@eggybyte/observability';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { map, type Observable, of } from 'rxjs';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, keepAlive, startWorld, type World } from './http-world.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const id = (): string => requestContext()?.requestId ?? 'none';

/** The ids seen by each part that the current request went through. */
const seen: Record<string, string> = {};

@Injectable()
class SeeingGuard implements CanActivate {
  canActivate(): boolean {
    seen['guard'] = id();
    return true;
  }
}

@Injectable()
class SeeingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen['interceptor'] = id();
    return next.handle().pipe(
      map((value) => {
        seen['answer'] = id();
        return value;
      }),
    );
  }
}

@Controller()
class SeeingController {
  @Get('id')
  id(): string {
    return id();
  }

  @Post('echo/:name')
  @UseGuards(SeeingGuard)
  @UseInterceptors(SeeingInterceptor)
  async echo(@Body() body: unknown, @Param('name') name: string): Promise<object> {
    seen['handler'] = id();
    await sleep(2);
    seen['after await'] = id();
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        seen['callback'] = id();
        resolve();
      });
    });
    return { name, size: JSON.stringify(body).length };
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: id() });
  }
}

const start = (framework: 'fastify' | 'express'): Promise<World> =>
  startWorld(framework, {
    controllers: [SeeingController],
    configure: (app) => {
      app.use((_request: unknown, _response: unknown, next: () => void) => {
        seen['middleware'] = id();
        next();
      });
    },
  });

describe.each(FRAMEWORKS)('request context on %s', (framework) => {
  it.each([
    ['letters, digits and ._-', 'abc-123._Z', true],
    ['128 characters', 'x'.repeat(128), true],
    ['129 characters', 'x'.repeat(129), false],
    ['8 KB', 'x'.repeat(8000), false],
    ['a space', 'a b', false],
    ['a comma', 'a,b', false],
    ['markup', '<script>', false],
    ['other letters', 'é', false],
    ['nothing', '', false],
  ])('with an id of %s', async (_what, given, taken) => {
    const world = await start(framework);
    const { headers, text } = await world.send('/id', { headers: { 'x-request-id': given } });
    expect(headers['x-request-id'] === given).toBe(taken);
    expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    expect(text).toBe(headers['x-request-id']);
  });

  it('makes an id where none comes in, another for each request', async () => {
    const world = await start(framework);
    const [first, second] = [await world.send('/id'), await world.send('/id')];
    expect(first.text).toMatch(/^[\da-f-]{36}$/);
    expect(second.text).not.toBe(first.text);
  });

  it('replaces an id that comes in two headers', async () => {
    const world = await start(framework);
    const answer = await world.raw(
      'GET /id HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\r\nX-Request-Id: b\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^X-Request-Id: [\da-f-]{36}\r$/im);
  });

  it.each([
    ['20 KB', 'x'.repeat(20_000), 431],
    ['control bytes', 'a\u0001b', 400],
    ['a NUL', 'a\0b', 400],
    ['a line of its own', 'a\rX-Admin: 1', 400],
  ])('is refused with its request when it has %s, which gets another one', async (_what, given, status) => {
    const world = await start(framework);
    const answer = await world.raw(`GET /id HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${given}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nX-Request-Id: [\\da-f-]{36}\r\n`));
    expect(world.accessRecords).toMatchObject([{ status, request_id: expect.stringMatching(/^[\da-f-]{36}$/) }]);
  });

  it('keeps the context through middleware, guard, interceptor, handler, body and what follows', async () => {
    const world = await start(framework);
    const rounds = Array.from({ length: 20 }, (_, round) => `round-${round}`);
    for (const round of rounds) {
      const body = { text: 'x'.repeat(200_000) };
      const answer = await world.send('/echo/egg', { method: 'POST', body, headers: { 'x-request-id': round } });
      expect(answer.json).toEqual({ name: 'egg', size: 200_011 });
      const parts = ['middleware', 'guard', 'interceptor', 'handler', 'after await', 'callback', 'answer'];
      expect(seen).toEqual(Object.fromEntries(parts.map((part) => [part, round])));
    }
  });

  it('keeps the contexts of concurrent requests apart', async () => {
    const world = await start(framework);
    const ids = Array.from({ length: 50 }, (_, at) => `c${at}`);
    const answers = await Promise.all(ids.map((one) => world.send('/id', { headers: { 'x-request-id': one } })));
    expect(answers.map(({ text }) => text)).toEqual(ids);
  });

  it('is unknown to what becomes of the connection', async () => {
    const world = await start(framework);
    const next: string[] = [];
    world.app.getHttpServer().on('connection', (socket: Socket) => {
      for (const event of ['end', 'close']) socket.on(event, () => next.push(`${event} ${id()}`));
    });
    const agent = keepAlive();
    for (const one of ['one', 'two']) await world.send('/id', { agent, headers: { 'x-request-id': one } });
    agent.destroy();
    await waitUntil(() => next.length === 2, { what: 'the close of the connection', interval: 2 });
    expect(next).toEqual(['end none', 'close none']);
  });

  it('is left again where the service hands over a request by itself', async () => {
    const world = await start(framework);
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/id' });
    request.headers = { host: 'a', 'x-request-id': 'inner' };
    const response = new ServerResponse(request);
    const around = runInContext({ 'x-request-id': 'outer' }, () => {
      world.app.getHttpServer().emit('request', request, response);
      return id();
    });
    response.emit('close');
    expect([seen['middleware'], around, id()]).toEqual(['inner', 'outer', 'none']);
  });

  it('keeps the context in an event stream', async () => {
    const world = await start(framework);
    const { text, headers } = await world.send('/events', { headers: { 'x-request-id': 'sse' } });
    expect(text).toContain('data: sse');
    expect(headers['x-request-id']).toBe('sse');
  });

  it('puts the trace of the caller into the records', async () => {
    const world = await start(framework);
    await world.send('/id', { headers: { 'x-request-id': 't1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } });
    expect(await world.accessRecord('t1')).toMatchObject({ trace_id: TRACE, span_id: expect.any(String) });
    await world.send('/id', { headers: { 'x-request-id': 't2', traceparent: 'garbage' } });
    expect(await world.accessRecord('t2')).not.toHaveProperty('trace_id');
  });

  it.each([
    ['upper case', `00-${TRACE}-00f067aa0ba902b7-01`.toUpperCase()],
    ['version ff', `ff-${TRACE}-00f067aa0ba902b7-01`],
    ['zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['fields beyond those of its version', `00-${TRACE}-00f067aa0ba902b7-01-more`],
    ['two headers', `00-${TRACE}-00f067aa0ba902b7-01\r\ntraceparent: 00-${TRACE}-00f067aa0ba902b7-01`],
    ['8 KB', `00-${'a'.repeat(8000)}-00f067aa0ba902b7-01`],
  ])('ignores a traceparent of %s', async (_what, given) => {
    const world = await start(framework);
    const state = Array.from({ length: 100 }, (_member, at) => `v${at}=1`).join();
    const head = `Host: a\r\nX-Request-Id: t\r\ntraceparent: ${given}\r\ntracestate: ${state}\r\n`;
    expect(await world.raw(`GET /id HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await world.accessRecord('t')).not.toHaveProperty('trace_id');
  });

  it('serves every request, whatever its headers of traces are', async () => {
    const world = await start(framework);
    const agent = keepAlive();
    const nearly = fc.stringMatching(/^[0-9a-f]{2}-[0-9a-fA-F]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,2}(-x?)?$/);
    const header = fc.oneof(nearly, fc.string({ maxLength: 300 }), fc.stringMatching(/^[\t -~\x80-\xff]{0,100}$/));
    await fc.assert(
      fc.asyncProperty(header, header, async (traceparent, tracestate) => {
        const { status, headers } = await world.send('/id', { agent, headers: { traceparent, tracestate } });
        expect(status).toBe(200);
        const record = await world.accessRecord(headers['x-request-id']);
        expect(String(record['trace_id'])).toMatch(/^([\da-f]{32}|undefined)$/);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the request hook of others working, set before or after', async () => {
    const calls: string[] = [];
    const world = await startWorld(framework, {
      controllers: [SeeingController],
      configure: (app) => {
        const adapter = app.getHttpAdapter() as unknown as AbstractHttpAdapter;
        adapter.setOnRequestHook((_request: unknown, _response: unknown, done: () => void) => {
          calls.push(id());
          done();
        });
      },
    });
    const { text } = await world.send('/id', { headers: { 'x-request-id': 'mine' } });
    expect([text, ...calls]).toEqual(['mine', 'mine']);
  });
});

describe.each(FRAMEWORKS)('behind middleware that goes on elsewhere, on %s', (framework) => {
  type Next = () => void;

  /** Asks twice, the second time while the first one waits. */
  async function askTwice(middleware: (request: Readable, response: unknown, next: Next) => void): Promise<World> {
    const world = await startWorld(framework, {
      controllers: [SeeingController],
      configure: (app) => void app.use(middleware),
    });
    const ids = ['first', 'second'];
    const answers = ids.map(
      async (one) => (await world.send('/id', { headers: { 'x-request-id': one }, body: {} })).text,
    );
    expect(await Promise.all(answers)).toEqual(ids);
    for (const one of ids) expect(await world.accessRecord(one)).toMatchObject({ route: '/id', status: 200 });
    return world;
  }

  it('a handler runs in the context of its request: after events of the body', async () => {
    const world = await askTwice((request, _, next) => void request.on('end', next).resume());
    expect(await world.observations()).toEqual({ 'GET /id 200': 2 });
  });

  it('a handler runs in the context of its request: with others at once', async () => {
    const waiting: Next[] = [];
    await askTwice((_request, _response, next) => {
      if (waiting.push(next) === 2) for (const each of waiting) each();
    });
    expect(waiting).toHaveLength(2);
  });

  it('a context that it has made itself is left', async () => {
    const world = await startWorld(framework, {
      controllers: [SeeingController],
      configure: (app) =>
        void app.use((_: unknown, __: unknown, next: Next) => runInContext({ 'x-request-id': 'own' }, next)),
    });
    expect((await world.send('/id')).text).toBe('own');
  });
});
