import 'reflect-metadata';
import { Global, Inject, Injectable, Logger, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BackgroundService, Initializer, type OnDrain, Service } from './contracts.js';
import { Launcher } from './launcher.js';
import { EggyLifecycleModule } from './lifecycle.module.js';

const ADAPTERS: [string, () => AbstractHttpAdapter][] = [
  ['fastify', () => new FastifyAdapter()],
  ['express', () => new ExpressAdapter()],
];

describe.each(ADAPTERS)('EggyLifecycleModule on %s', (_, adapter) => {
  let steps: string[];

  beforeEach(() => {
    steps = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  /** A provider that writes down Nest's hooks. */
  function hooked(name: string): Type {
    @Injectable()
    class Hooked {
      onModuleInit = () => void steps.push(`${name} onModuleInit`);
      onApplicationBootstrap = () => void steps.push(`${name} onApplicationBootstrap`);
      onModuleDestroy = () => void steps.push(`${name} onModuleDestroy`);
      onApplicationShutdown = () => void steps.push(`${name} onApplicationShutdown`);
    }
    return Hooked;
  }

  @Initializer()
  class Index implements Initializer {
    init = async () => void steps.push('init');
    close = async () => void steps.push('close');
  }
  @Service()
  class Consumer implements BackgroundService, OnDrain {
    run = async () => undefined;
    onDrain = async () => void steps.push('onDrain');
  }

  async function create(metadata: ModuleMetadata) {
    @Module(metadata)
    class Root {}
    return NestFactory.create(Root, adapter(), { logger: false, abortOnError: false });
  }

  it('runs initializers before any onModuleInit, also of a global module that is imported first', async () => {
    @Global()
    @Module({ providers: [hooked('global')] })
    class Everywhere {}

    const app = await create({
      imports: [Everywhere, EggyLifecycleModule.forRoot()],
      providers: [hooked('user'), Index],
    });
    expect(steps).toEqual([]);
    await app.init();

    expect(steps).toEqual([
      'init',
      'global onModuleInit',
      'user onModuleInit',
      'global onApplicationBootstrap',
      'user onApplicationBootstrap',
    ]);
    await app.close();
  });

  it('ends intake first, then runs user hooks, then closes what initializers opened', async () => {
    const app = await create({
      imports: [EggyLifecycleModule.forRoot()],
      providers: [hooked('user'), Index, Consumer],
    });
    await app.init();
    steps = [];

    await app.close();

    expect(steps).toEqual(['onDrain', 'user onModuleDestroy', 'user onApplicationShutdown', 'close']);
  });

  it('runs each initializer once, however often the application is initialised', async () => {
    const app = await create({ imports: [EggyLifecycleModule.forRoot()], providers: [Index] });

    await app.init();
    await app.init();
    await app.close();

    expect(steps).toEqual(['init', 'close']);
  });

  it('runs initializers of code beside those of providers, by order', async () => {
    const app = await create({ imports: [EggyLifecycleModule.forRoot()], providers: [Index] });
    const launcher = app.get(Launcher);
    launcher.addInitializer({ init: async () => void steps.push('early') }, { order: -1 });
    launcher.addInitializer({ init: async () => void steps.push('late') }, { order: 1 });

    await app.init();

    expect(steps).toEqual(['early', 'init', 'late']);
    expect(() => launcher.addInitializer(new Index())).toThrow('was added after its phase had begun');
    await app.close();
  });

  it('fails the start when an initializer fails, also when it is tried again, and releases what was opened', async () => {
    @Initializer({ order: 1 })
    class Broken implements Initializer {
      init = () => Promise.reject(new Error('no index'));
    }
    const app = await create({
      imports: [EggyLifecycleModule.forRoot()],
      providers: [hooked('user'), Broken, Index],
    });
    const failure = expect.objectContaining({ what: 'Initializer `Broken` failed', why: 'no index' }) as unknown;

    await expect(app.init()).rejects.toEqual(failure);
    await expect(app.init()).rejects.toEqual(failure);
    expect(steps).toEqual(['init']);
    await app.close();

    expect(steps).toContain('close');
    expect(steps).not.toContain('user onModuleInit');
  });

  it('aborts an initializer when the application is closed while it runs, and runs no user hook after it', async () => {
    @Initializer()
    class Slow implements Initializer {
      init(signal: AbortSignal): Promise<void> {
        steps.push('slow begins');
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      }
    }
    const app = await create({
      imports: [EggyLifecycleModule.forRoot()],
      providers: [hooked('user'), Slow],
    });
    const starting = app.init().catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(steps).toEqual(['slow begins']);

    await app.close();

    expect(await starting).toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
    expect(steps).not.toContain('user onModuleInit');
  });

  it('lets a provider initialise infrastructure while the container is built, and closes it after user hooks', async () => {
    const pool = {
      provide: 'POOL',
      inject: [Launcher],
      useFactory: (launcher: Launcher) =>
        launcher.initialize(
          'database',
          '1s',
          async () => ({ name: 'pool' }),
          async ({ name }) => void steps.push(`${name} closed`),
        ),
    };
    @Injectable()
    class Repository {
      constructor(@Inject('POOL') readonly given: { name: string }) {}
    }

    const app = await create({
      imports: [EggyLifecycleModule.forRoot()],
      providers: [pool, Repository, hooked('user')],
    });
    await app.init();
    expect(app.get(Repository).given).toEqual({ name: 'pool' });
    await app.close();

    expect(steps.slice(-2)).toEqual(['user onApplicationShutdown', 'pool closed']);
  });

  it('logs a crash, as nobody else tells of it', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const app = await create({ imports: [EggyLifecycleModule.forRoot()] });
    const launcher = app.get(Launcher);
    launcher.addService({ run: () => Promise.reject(new Error('connection lost')) }, { name: 'consumer' });

    await launcher.startServices().catch(() => undefined);

    const [error] = launcher.failures;
    expect(log).toHaveBeenCalledWith({ msg: expect.stringContaining('Service `consumer` crashed'), err: error });
    await app.close();
  });

  it('takes a launcher that was made before the container', async () => {
    const launcher = new Launcher();
    launcher.addService({ run: async () => undefined }, { name: 'early' });

    const app = await create({ imports: [EggyLifecycleModule.forRoot({ launcher })] });

    expect(app.get(Launcher)).toBe(launcher);
    await app.close();
    expect(launcher.state).toBe('stopped');
  });

  it('gives each application a launcher of its own, made of the same module', async () => {
    const imports = [EggyLifecycleModule.forRoot()];
    const [one, other] = [await create({ imports }), await create({ imports })];

    await one.close();

    expect(one.get(Launcher)).not.toBe(other.get(Launcher));
    expect(other.get(Launcher).state).toBe('starting');
    await other.close();
  });

  it('refuses to be imported twice', async () => {
    @Module({ imports: [EggyLifecycleModule.forRoot()] })
    class Feature {}

    await expect(create({ imports: [EggyLifecycleModule.forRoot(), Feature] })).rejects.toMatchObject({
      code: 'EGGY_LIFECYCLE_TWICE',
    });
  });

  it('refuses a request-scoped service when the application is initialised', async () => {
    const scoped = { provide: Consumer, scope: 2, useFactory: () => new Consumer() };
    const app = await create({ imports: [EggyLifecycleModule.forRoot()], providers: [scoped] });

    await expect(app.init()).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_SCOPE' });
    await app.close();
  });

  it('hangs on the adapter of a test application too', async () => {
    const testing = await Test.createTestingModule({
      imports: [EggyLifecycleModule.forRoot()],
      providers: [Index, hooked('user')],
    }).compile();
    const app = testing.createNestApplication(adapter(), { logger: false });

    await app.init();
    await app.close();

    expect(steps).toEqual([
      'init',
      'user onModuleInit',
      'user onApplicationBootstrap',
      'user onModuleDestroy',
      'user onApplicationShutdown',
      'close',
    ]);
  });
});

describe('EggyLifecycleModule without an adapter', () => {
  it('leaves initializers and services to the owner of an application context, and still closes', async () => {
    const runs: string[] = [];
    @Initializer()
    class Index implements Initializer {
      init = async () => void runs.push('init');
    }
    @Module({ imports: [EggyLifecycleModule.forRoot()], providers: [Index] })
    class Root {}

    const context = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    const launcher = context.get(Launcher);
    await launcher.initialize(
      'pool',
      '1s',
      async () => 'pool',
      async (value) => void runs.push(`${value} closed`),
    );
    // What is thrown in an observer of RxJS comes a turn later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    await context.close();

    expect(runs).toEqual(['pool closed']);
    expect(launcher.state).toBe('stopped');
  });
});
