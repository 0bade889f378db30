import { METHODS, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestModule,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VersioningType,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { map, type Observable, of, throwError } from 'rxjs';
import { FRAMEWORKS, type Framework, startWorld, type World } from './http-world.js';

class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class StrictGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await sleep(1);
    throw new UnauthorizedException();
  }
}

class EarlyInterceptor implements NestInterceptor {
  intercept(): Observable<unknown> {
    throw new Error('before the handler');
  }
}

class LateInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map(() => {
        throw new Error('after the handler');
      }),
    );
  }
}

@Catch()
class BrokenFilter implements ExceptionFilter {
  catch(): void {
    throw new Error('the filter broke');
  }
}

@Controller('eggs')
class EggsController {
  @Get('async')
  async late(): Promise<never> {
    await sleep(1);
    throw new Error('late');
  }

  @Get('observable')
  observable(): Observable<never> {
    return throwError(() => new ConflictException());
  }

  @Get('closed')
  @UseGuards(ClosedGuard)
  closed(): void {}

  @Get('strict')
  @UseGuards(StrictGuard)
  strict(): void {}

  @Get('piped/:id')
  piped(@Param('id', ParseIntPipe) _id: number): void {}

  @Get('early')
  @UseInterceptors(EarlyInterceptor)
  early(): void {}

  @Get('mapped')
  @UseInterceptors(LateInterceptor)
  mapped(): void {}

  @Get('filtered')
  @UseFilters(BrokenFilter)
  filtered(): void {
    throw new Error('first');
  }

  @Get('by-hand')
  async byHand(@Res() response: any): Promise<void> {
    await sleep(1);
    response.status(202).send('by hand');
  }

  @Get('by-node')
  byNode(@Res() response: any): void {
    const answer: ServerResponse = response.raw ?? response;
    answer.writeHead(203, ['Content-Length', '7']);
    answer.end('by node');
  }

  @Get('redirect')
  @Redirect('/elsewhere', 302)
  redirect(): void {}

  @Get('unchanged')
  @HttpCode(304)
  unchanged(): string {
    return 'not sent';
  }

  @Put('empty')
  @HttpCode(204)
  empty(): void {}

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Buffer.from('a file'), { length: 6 });
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('half')
  half(@Res() response: any): void {
    const answer: ServerResponse = response.raw ?? response;
    answer.writeHead(200, { 'content-length': '100' });
    answer.write('half of it', () => answer.destroy());
  }

  @Get('status/:status')
  status(@Param('status') status: string, @Res() response: any): void {
    response.status(Number(status)).send('x');
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }

  @Post('body')
  body(): string {
    return 'read';
  }
}

@Controller({ path: 'versions', version: '2' })
class VersionedController {
  @Get(':id')
  get(): string {
    return 'two';
  }
}

@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(() => {
        throw new Error('of the module');
      })
      .forRoutes('consumed');
  }
}

const request = (path: string, id: string, more = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n${more}\r\n`;

type Next = (error?: unknown) => void;

const start = (framework: Framework): Promise<World> =>
  startWorld(framework, {
    controllers: [EggsController, VersionedController],
    imports: [MiddlewareModule],
    configure: (app) => {
      app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI });
      app.enableCors();
      app.use('/middleware/throws', () => {
        throw new Error('of main.ts');
      });
      app.use('/middleware/tells', (_request: unknown, _response: unknown, next: Next) =>
        next(new ConflictException()),
      );
      app.use('/middleware/answers', (_request: unknown, response: ServerResponse) => response.writeHead(202).end());
    },
  });

/** Everything that happens to a request, and the bytes of its answer where their number is known before. */
const OUTCOMES: [what: string, method: string, path: string, route: string, status: number, hasBytes: boolean][] = [
  ['a promise that rejects', 'GET', '/api/eggs/async', '/api/eggs/async', 500, true],
  ['an observable that fails', 'GET', '/api/eggs/observable', '/api/eggs/observable', 409, true],
  ['a guard that refuses', 'GET', '/api/eggs/closed', '/api/eggs/closed', 403, true],
  ['a guard that throws', 'GET', '/api/eggs/strict', '/api/eggs/strict', 401, true],
  ['a pipe that refuses', 'GET', '/api/eggs/piped/no', '/api/eggs/piped/:id', 400, true],
  ['an interceptor that throws', 'GET', '/api/eggs/early', '/api/eggs/early', 500, true],
  ['an interceptor that throws behind the handler', 'GET', '/api/eggs/mapped', '/api/eggs/mapped', 500, true],
  ['an exception filter that throws', 'GET', '/api/eggs/filtered', '/api/eggs/filtered', 500, true],
  ['an answer sent by hand', 'GET', '/api/eggs/by-hand', '/api/eggs/by-hand', 202, true],
  ['an answer sent past the framework', 'GET', '/api/eggs/by-node', '/api/eggs/by-node', 203, true],
  ['a redirect', 'GET', '/api/eggs/redirect', '/api/eggs/redirect', 302, true],
  ['304, which has a length and no body', 'GET', '/api/eggs/unchanged', '/api/eggs/unchanged', 304, true],
  ['204', 'PUT', '/api/eggs/empty', '/api/eggs/empty', 204, true],
  ['a file of known length', 'GET', '/api/eggs/file', '/api/eggs/file', 200, true],
  ['events that come to an end', 'GET', '/api/eggs/events', '/api/eggs/events', 200, false],
  ['HEAD of a GET', 'HEAD', '/api/eggs/plain', '/api/eggs/plain', 200, true],
  ['HEAD of an unknown path', 'HEAD', '/api/eggs/nowhere', 'unmatched', 404, true],
  ['the question of CORS', 'OPTIONS', '/api/eggs/plain', 'unmatched', 204, true],
  ['a route of a version', 'GET', '/api/v2/versions/7', '/api/v2/versions/:id', 200, true],
  ['a version that does not exist', 'GET', '/api/v3/versions/7', 'unmatched', 404, true],
  ['middleware of main.ts that throws', 'GET', '/middleware/throws', 'unmatched', 500, true],
  ['middleware that tells an error', 'GET', '/middleware/tells', 'unmatched', 409, true],
  ['middleware that answers', 'GET', '/middleware/answers', 'unmatched', 202, false],
  ['middleware of a module that throws', 'GET', '/api/consumed', 'unmatched', 500, true],
];
const CORS = { origin: 'http://a', 'access-control-request-method': 'GET' };

describe.each(FRAMEWORKS)('one record and one observation on %s', (framework) => {
  it.each(OUTCOMES)('for %s', async (_what, method, path, route, status, hasBytes) => {
    const world = await start(framework);
    const answer = await world.send(`${path}?token=s3cret`, { method, headers: { 'x-request-id': 'one', ...CORS } });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([status, 'one']);
    const record = await world.accessRecord('one');
    expect(record).toMatchObject({ method, route, path, status, level: status >= 500 ? 'error' : 'info' });
    expect(record['bytes']).toBe(hasBytes ? Buffer.byteLength(answer.text) : undefined);
    expect(record).not.toHaveProperty('aborted');
    expect(world.accessRecords).toHaveLength(1);
    expect(await world.observations()).toEqual({ [`${method} ${route} ${status}`]: 1 });
  });

  it('for each of the pipelined requests of a connection', async () => {
    const world = await start(framework);
    const ids = ['p1', 'p2', 'p3'];
    await world.raw(
      ids.map((id) => request('/api/eggs/plain', id, id === 'p3' ? 'Connection: close\r\n' : '')).join(''),
    );
    for (const id of ids) expect(await world.accessRecord(id)).toMatchObject({ status: 200, bytes: 5 });
    expect(world.accessRecords).toHaveLength(3);
    expect(await world.observations()).toEqual({ 'GET /api/eggs/plain 200': 3 });
  });

  it('for a request that asks first whether to go on', async () => {
    const world = await start(framework);
    const head = `Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n`;
    const text = await world.raw(`${request('/api/eggs/body', 'asks', head, 'POST')}{}`);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    expect(await world.accessRecord('asks')).toMatchObject({ method: 'POST', status: 201, bytes: 4 });
    expect(world.accessRecords).toHaveLength(1);
    expect(await world.observations()).toEqual({ 'POST /api/eggs/body 201': 1 });
  });

  it('for an answer that breaks off, without bytes, as they are not known', async () => {
    const world = await start(framework);
    await expect(world.send('/api/eggs/half', { headers: { 'x-request-id': 'half' } })).rejects.toThrow(
      /aborted|hang up/,
    );
    expect(await world.accessRecord('half')).toMatchObject({ status: 200, aborted: true });
    expect(world.accessRecords[0]).not.toHaveProperty('bytes');
    expect(await world.observations()).toEqual({ 'GET /api/eggs/half 200': 1 });
  });

  it('for each method that Node knows, with a label of a fixed list', async () => {
    const world = await startWorld(framework);
    const methods = METHODS.filter((method) => method !== 'CONNECT');
    for (const method of methods) await world.send('/nowhere', { method, headers: { 'x-request-id': method } });
    for (const method of methods)
      expect(await world.accessRecord(method)).toMatchObject({ method, route: 'unmatched' });
    const counts = Object.entries(await world.observations());
    const known = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY'];
    expect(new Set(counts.map(([name]) => name.split(' ')[0]))).toEqual(new Set([...known, '_OTHER']));
    expect(counts).toHaveLength(known.length + 1);
    expect(counts).toContainEqual(['_OTHER unmatched 404', methods.length - known.length]);
  });

  it.each([
    [299, 299],
    [599, 599],
    [99, 500],
    [1000, 500],
    [Number.NaN, 500],
  ])('for the status %d, as %d', async (given, status) => {
    const world = await start(framework);
    const answer = await world.send(`/api/eggs/status/${given}`, { headers: { 'x-request-id': 'one' } });
    expect(answer.status).toBe(status);
    expect(await world.accessRecord('one')).toMatchObject({ status });
    expect(await world.observations()).toEqual({ [`GET /api/eggs/status/:status ${status}`]: 1 });
  });
});
