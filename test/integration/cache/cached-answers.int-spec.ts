import { Cache, Cacheable, CACHE_MANAGER, EggyCacheModule } from '@eggybyte/cache';
import { createHttpAdapter } from '@eggybyte/http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cache as NestCache, CacheInterceptor, CacheKey, CacheTTL } from '@nestjs/cache-manager';
import { ClassSerializerInterceptor, Controller, Get, Injectable, Logger, Param, Post, UseInterceptors } from '@nestjs/common'; // prettier-ignore
import { Test } from '@nestjs/testing';
import { Exclude } from 'class-transformer';
import { keyPrefix } from '../../support/cache-server.js';
import { startMemcached } from '../../support/memcached.js';

class User {
  @Exclude()
  readonly password: string;

  constructor(
    readonly id: number,
    password: string,
  ) {
    this.password = password;
  }
}

@Injectable()
class Users {
  loads = 0;

  @Cacheable({ key: (id: number) => `user:${id}`, as: User })
  async byId(id: number): Promise<User> {
    this.loads++;
    return new User(id, 'hunter2');
  }
}

@Controller()
class AppController {
  runs = 0;

  constructor(readonly users: Users) {}

  @Get('items/:id')
  @CacheTTL(60_000)
  @UseInterceptors(CacheInterceptor)
  item(@Param('id') id: string) {
    return { id, run: ++this.runs };
  }

  @Get('fixed/:id')
  @CacheKey('fixed')
  @UseInterceptors(CacheInterceptor)
  fixed() {
    return { run: ++this.runs };
  }

  @Post('items')
  @UseInterceptors(CacheInterceptor)
  create() {
    return { run: ++this.runs };
  }

  @Get('users/:id')
  @UseInterceptors(ClassSerializerInterceptor)
  user(@Param('id') id: string): Promise<User> {
    return this.users.byId(Number(id));
  }
}

async function serve(framework: 'fastify' | 'express', server: string) {
  const module = await Test.createTestingModule({
    imports: [EggyCacheModule.forRoot({ servers: [server], keyPrefix: keyPrefix('answers') })],
    controllers: [AppController],
    providers: [Users, { provide: NestCache, useExisting: Cache }],
  }).compile();
  const app = module.createNestApplication(await createHttpAdapter(framework), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    caches: [module.get(Cache), module.get<Cache>(CACHE_MANAGER), module.get(NestCache)],
    users: module.get(Users),
    ask: async (path: string, init?: RequestInit) => {
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: await response.json() };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

describe.each(['fastify', 'express'] as const)('answers from the cache on %s', (framework) => {
  beforeEach(() => {
    for (const level of ['log', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockReturnValue(undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are given by the interceptor of @nestjs/cache-manager, by address or key, for GET only', async () => {
    await using server = await startMemcached();
    await using app = await serve(framework, server.address);

    expect((await app.ask('/items/1')).body).toEqual({ id: '1', run: 1 });
    expect((await app.ask('/items/1')).body).toEqual({ id: '1', run: 1 });
    expect((await app.ask('/items/1?page=2')).body).toEqual({ id: '1', run: 2 });
    expect((await app.ask('/fixed/1')).body).toEqual({ run: 3 });
    expect((await app.ask('/fixed/2')).body).toEqual({ run: 3 });
    expect((await app.ask('/items', { method: 'POST' })).body).toEqual({ run: 4 });
    expect((await app.ask('/items', { method: 'POST' })).body).toEqual({ run: 5 });
    expect(await server.ask('stats items\r\n')).toContain('STAT items:');
    const [cache, ...others] = app.caches;
    for (const other of others) expect(other).toBe(cache);
  });

  it('are made anew while the server is killed, without an error', async () => {
    await using server = await startMemcached();
    await using app = await serve(framework, server.address);
    await app.ask('/items/1');
    await server.kill();

    expect(await app.ask('/items/1')).toEqual({ status: 200, body: { id: '1', run: 2 } });
    expect(await app.ask('/items/1')).toEqual({ status: 200, body: { id: '1', run: 3 } });
  });

  it('never hold what a class excludes from answers', async () => {
    await using server = await startMemcached();
    await using app = await serve(framework, server.address);

    expect((await app.ask('/users/7')).body).toEqual({ id: 7 });
    expect((await app.ask('/users/7')).body).toEqual({ id: 7 });
    expect(app.users.loads).toBe(1);
  });
});
