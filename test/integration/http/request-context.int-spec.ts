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
import { requestContext } from '@eggybyte/observability';
import { describe, expect, it } from '@jest/globals';
import { map, type Observable, of } from 'rxjs';
import { FRAMEWORKS, startWorld, type World } from './http-world.js';

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

  it('keeps the context in an event stream', async () => {
    const world = await start(framework);
    const { text, headers } = await world.send('/events', { headers: { 'x-request-id': 'sse' } });
    expect(text).toContain('data: sse');
    expect(headers['x-request-id']).toBe('sse');
  });

  it('puts the trace of the caller into the records', async () => {
    const world = await start(framework);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await world.send('/id', { headers: { 'x-request-id': 't1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(await world.accessRecord('t1')).toMatchObject({ trace_id: traceId, span_id: expect.any(String) });
    await world.send('/id', { headers: { 'x-request-id': 't2', traceparent: 'garbage' } });
    expect(await world.accessRecord('t2')).not.toHaveProperty('trace_id');
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
