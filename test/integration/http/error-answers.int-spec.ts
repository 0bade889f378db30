import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Get,
  HttpException,
  Head,
  Header,
  InternalServerErrorException,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
  ServiceUnavailableException,
  StreamableFile,
} from '@nestjs/common';
import { EggyError } from '@eggybyte/errors';
import type { ErrorMapper } from '@eggybyte/http';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FRAMEWORKS, type Framework, startWorld, type World } from './http-world.js';

class StockError extends EggyError {
  constructor(status?: number) {
    super('EGGY_TEST_STOCK', { what: 'No stock of s3cret eggs', why: 'sold out', fix: 'order more', status });
  }
}
class DriverError extends Error {}
class SaturatedError extends Error {}

const ERRORS: Record<string, () => unknown> = {
  nest: () => new BadRequestException('too many eggs'),
  list: () => new BadRequestException(['first', 'second']),
  text: () => new HttpException('just a text', 418),
  body: () => new ConflictException({ message: 'taken', code: 'NAME_TAKEN', name: 'egg' }),
  described: () => new BadRequestException('no', { description: 'Bad eggs', errorCode: 'EGGS' }),
  internal: () => new InternalServerErrorException('mysql://root:s3cret@db'),
  unavailable: () => new ServiceUnavailableException('s3cret'),
  eggy: () => new StockError(409),
  eggyInternal: () => new StockError(),
  eggyUnavailable: () => new StockError(503),
  unknown: () => new TypeError('s3cret of undefined'),
  thrownText: () => 's3cret text',
  thrownNull: () => null,
  driver: () => new DriverError('Duplicate entry s3cret'),
  saturated: () => new SaturatedError('pool s3cret'),
  httpErrors: () => Object.assign(new Error('teapot'), { status: 418, statusCode: 418, expose: true }),
  hidden: () => Object.assign(new Error('s3cret'), { status: 403, statusCode: 403, expose: false }),
};

const Egg = z.object({ name: z.string().min(2), size: z.int().positive(), tags: z.array(z.string()).default([]) });
const Page = z.object({ page: z.coerce.number().int().min(1).default(1) });

@Controller()
class EggsController {
  @Get('fail/:how')
  fail(@Param('how') how: string): never {
    throw ERRORS[how]?.();
  }

  @Post('eggs')
  create(@Body({ schema: Egg }) egg: z.infer<typeof Egg>): object {
    return egg;
  }

  @Get('eggs')
  list(@Query({ schema: Page }) query: z.infer<typeof Page>): object {
    return query;
  }

  @Get('eggs/:id')
  one(@Param('id', { schema: z.coerce.number().int() }) id: number): object {
    return { id, type: typeof id };
  }

  @Get('half')
  half(@Res() response: any): void {
    const raw = response.raw ?? response;
    raw.writeHead(200, { 'content-length': '100' });
    raw.write('half of it');
    throw new Error('too late');
  }

  @Get('after')
  after(@Res() response: any): void {
    const raw = response.raw ?? response;
    raw.end('all of it');
    throw new Error('after the answer');
  }

  @Get('file/:how')
  @Header('Content-Type', 'application/pdf')
  async file(@Param('how') how: string): Promise<StreamableFile> {
    const disposition = 'attachment; filename="s3cret.pdf"';
    if (how === 'known') {
      const stream = new PassThrough();
      setImmediate(() => stream.destroy(new NotFoundException('no such egg')));
      return new StreamableFile(stream, { disposition });
    }
    const file = new StreamableFile(createReadStream('/nowhere/s3cret.pdf'), { disposition, length: 7 });
    if (how === 'before') await new Promise((resolve) => void file.getStream().once('error', resolve));
    if (how === 'own') file.setErrorHandler((_error, response) => response.send('own words'));
    return file;
  }

  @Head('head')
  head(): StreamableFile {
    return new StreamableFile(createReadStream('/nowhere/s3cret.pdf'), { length: 7 });
  }

  @Get('ok')
  ok(): string {
    return 'ok';
  }
}

const errorMappers: ErrorMapper[] = [
  (error) =>
    error instanceof DriverError ? { status: 409, code: 'TEST_DUPLICATE', message: 'exists already' } : undefined,
  (error) =>
    error instanceof SaturatedError
      ? { status: 503, code: 'TEST_SATURATED', message: 'hidden', retryAfterSeconds: 2.4 }
      : undefined,
];

const start = (framework: Framework): Promise<World> =>
  startWorld(framework, { controllers: [EggsController], http: { errorMappers } });

describe.each(FRAMEWORKS)('error answers on %s', (framework) => {
  it.each([
    ['nest', 400, { message: 'too many eggs', error: 'Bad Request', code: 'BAD_REQUEST' }],
    ['list', 400, { message: ['first', 'second'], error: 'Bad Request', code: 'BAD_REQUEST' }],
    ['text', 418, { message: 'just a text', error: "I'm a Teapot", code: 'I_M_A_TEAPOT' }],
    ['body', 409, { message: 'taken', error: 'Conflict', code: 'NAME_TAKEN', name: 'egg' }],
    ['described', 400, { message: 'no', error: 'Bad eggs', code: 'EGGS', errorCode: 'EGGS' }],
    [
      'internal',
      500,
      { message: 'Internal Server Error', error: 'Internal Server Error', code: 'INTERNAL_SERVER_ERROR' },
    ],
    ['unavailable', 503, { message: 'Service Unavailable', error: 'Service Unavailable', code: 'SERVICE_UNAVAILABLE' }],
    ['eggy', 409, { message: 'No stock of s3cret eggs: sold out', error: 'Conflict', code: 'EGGY_TEST_STOCK' }],
    [
      'eggyInternal',
      500,
      { message: 'Internal Server Error', error: 'Internal Server Error', code: 'INTERNAL_SERVER_ERROR' },
    ],
    ['eggyUnavailable', 503, { message: 'Service Unavailable', error: 'Service Unavailable', code: 'EGGY_TEST_STOCK' }],
    [
      'unknown',
      500,
      { message: 'Internal Server Error', error: 'Internal Server Error', code: 'INTERNAL_SERVER_ERROR' },
    ],
    [
      'thrownText',
      500,
      { message: 'Internal Server Error', error: 'Internal Server Error', code: 'INTERNAL_SERVER_ERROR' },
    ],
    [
      'thrownNull',
      500,
      { message: 'Internal Server Error', error: 'Internal Server Error', code: 'INTERNAL_SERVER_ERROR' },
    ],
    ['driver', 409, { message: 'exists already', error: 'Conflict', code: 'TEST_DUPLICATE' }],
    ['saturated', 503, { message: 'Service Unavailable', error: 'Service Unavailable', code: 'TEST_SATURATED' }],
    ['httpErrors', 418, { message: 'teapot', error: "I'm a Teapot", code: 'I_M_A_TEAPOT' }],
    ['hidden', 403, { message: 'Forbidden', error: 'Forbidden', code: 'FORBIDDEN' }],
  ])('have one form: %s', async (how, status, body) => {
    const world = await start(framework);
    const answer = await world.send(`/fail/${how}`, { headers: { 'x-request-id': 'e1' } });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ statusCode: status, ...body, request_id: 'e1' });
    expect(answer.headers['content-type']).toContain('application/json');
    if (status !== 409) expect(answer.text).not.toContain('s3cret');
    const logged = world.logs.filter(({ context, level }) => context === 'EggyExceptionFilter' && level === 'error');
    expect(logged).toHaveLength(status >= 500 ? 1 : 0);
    for (const record of logged) expect(record).toMatchObject({ request_id: 'e1' });
  });

  it('tell when to try again', async () => {
    const world = await start(framework);
    expect((await world.send('/fail/saturated')).headers['retry-after']).toBe('3');
    expect((await world.send('/fail/unavailable')).headers['retry-after']).toBe('1');
    expect((await world.send('/fail/unknown')).headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['an unknown path', 'GET', '/nowhere', undefined, 404, 'NOT_FOUND', 'Cannot GET /nowhere'],
    ['no JSON', 'POST', '/eggs', '{"name": s3cret', 400, 'BAD_REQUEST', 'Request body is not valid JSON'],
    [
      'too large a body',
      'POST',
      '/eggs',
      JSON.stringify('x'.repeat(1_048_576)),
      413,
      'PAYLOAD_TOO_LARGE',
      'Request body is too large',
    ],
    ['a URL that cannot be decoded', 'GET', '/eggs/%FF', undefined, 400, 'BAD_REQUEST', expect.any(String)],
  ])('have the same form for %s', async (_what, method, path, body, status, code, message) => {
    const world = await start(framework);
    const answer = await world.send(path, { method, body, headers: { 'x-request-id': 'e2' } });
    const error = { 400: 'Bad Request', 404: 'Not Found', 413: 'Payload Too Large' }[status];
    expect(answer.json).toEqual({ statusCode: status, message, error, code, request_id: 'e2' });
    expect(answer.headers['x-request-id']).toBe('e2');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('take a body up to the limit', async () => {
    const world = await start(framework);
    const name = 'x'.repeat(1_048_576 - JSON.stringify({ name: '', size: 1 }).length);
    expect((await world.send('/eggs', { method: 'POST', body: { name, size: 1 } })).status).toBe(201);
    expect((await world.send('/eggs', { method: 'POST', body: { name: `${name}x`, size: 1 } })).status).toBe(413);
  });

  it('take another limit by option', async () => {
    const world = await startWorld(framework, { controllers: [EggsController], http: { bodyLimit: 100 } });
    const send = async (size: number) =>
      (await world.send('/eggs', { method: 'POST', body: { name: 'x'.repeat(size), size: 1 } })).status;
    expect([await send(50), await send(100)]).toEqual([201, 413]);
  });

  it('name all problems of a body, a query and a parameter', async () => {
    const world = await start(framework);
    const bad = await world.send('/eggs', { method: 'POST', body: { name: 'x', size: -1, tags: [1] } });
    expect(bad.status).toBe(400);
    expect(bad.json).toMatchObject({
      statusCode: 400,
      error: 'Bad Request',
      code: 'BAD_REQUEST',
      request_id: expect.any(String),
    });
    expect(bad.json.message).toEqual([
      expect.stringMatching(/^name: /),
      expect.stringMatching(/^size: /),
      expect.stringMatching(/^tags\.0: /),
    ]);
    expect((await world.send('/eggs', { method: 'POST' })).status).toBe(400);
    expect((await world.send('/eggs?page=0')).json.message).toEqual([expect.stringMatching(/^page: /)]);
    expect((await world.send('/eggs/abc')).status).toBe(400);
  });

  it('do not come for what is valid, which is converted', async () => {
    const world = await start(framework);
    const created = await world.send('/eggs', { method: 'POST', body: { name: 'ok', size: 1 } });
    expect([created.status, created.json]).toEqual([201, { name: 'ok', size: 1, tags: [] }]);
    expect((await world.send('/eggs')).json).toEqual({ page: 1 });
    expect((await world.send('/eggs/7')).json).toEqual({ id: 7, type: 'number' });
  });

  it('cut an answer that is half sent, and the service goes on', async () => {
    const world = await start(framework);
    await expect(world.send('/half', { headers: { 'x-request-id': 'h' } })).rejects.toThrow(/aborted|hang up/);
    expect(await world.accessRecord('h')).toMatchObject({ aborted: true });
    const logged = world.logs.filter(({ context }) => context === 'EggyExceptionFilter');
    expect(logged).toEqual([expect.objectContaining({ msg: 'too late' })]);
    expect((await world.send('/after')).text).toBe('all of it');
    expect((await world.send('/ok')).text).toBe('ok');
  });

  it.each([
    ['missing', 500, 'Internal Server Error', 'INTERNAL_SERVER_ERROR'],
    ['before', 500, 'Internal Server Error', 'INTERNAL_SERVER_ERROR'],
    ['known', 404, 'no such egg', 'NOT_FOUND'],
  ])('come for a file that cannot be read: %s', async (how, status, message, code) => {
    const world = await start(framework);
    const answer = await world.send(`/file/${how}`, { headers: { 'x-request-id': 'f1' } });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/json; charset=utf-8']);
    expect(answer.json).toMatchObject({ statusCode: status, message, code, request_id: 'f1' });
    expect(await world.accessRecord('f1')).toMatchObject({ status, route: '/file/:how' });
    const logged = world.logs.filter(({ level, context }) => level === 'error' && context !== 'AccessLog');
    expect(logged.map(({ context, request_id: id }) => [context, id])).toEqual(
      status === 500 ? [['EggyExceptionFilter', 'f1']] : [],
    );
  });

  it('survive an error mapper that throws', async () => {
    const broken: ErrorMapper = () => {
      throw new Error('mapper');
    };
    const world = await startWorld(framework, { controllers: [EggsController], http: { errorMappers: [broken] } });
    const answer = await world.send('/fail/nest');
    expect([answer.status, answer.json.message]).toEqual([400, 'too many eggs']);
  });

  it('leave the errors of middleware in the same form', async () => {
    const world = await startWorld(framework, {
      controllers: [EggsController],
      configure: (app) => {
        app.use((_request: unknown, _response: unknown, next: (error: Error) => void) => next(new Error('s3cret')));
      },
    });
    const answer = await world.send('/ok', { headers: { 'x-request-id': 'm' } });
    expect(answer.json).toEqual({
      statusCode: 500,
      message: 'Internal Server Error',
      error: 'Internal Server Error',
      code: 'INTERNAL_SERVER_ERROR',
      request_id: 'm',
    });
  });
});

describe('error answers to files on express', () => {
  it('are left to a handler that was set for the file', async () => {
    const world = await start('express');
    expect(await world.send('/file/own')).toMatchObject({ status: 200, text: 'own words' });
  });

  it('name no file', async () => {
    const world = await start('express');
    expect((await world.send('/file/missing')).headers).not.toHaveProperty('content-disposition');
    expect(world.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('come for HEAD too', async () => {
    const world = await start('express');
    expect((await world.send('/head', { method: 'HEAD' })).status).toBe(500);
  });
});
