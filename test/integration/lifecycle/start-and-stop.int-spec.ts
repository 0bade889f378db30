import 'reflect-metadata';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, type INestApplication, Injectable, Module, type Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BackgroundService,
  EggyLifecycleModule,
  Initializer,
  Launcher,
  type LauncherOptions,
  type OnDrain,
  Service,
} from '@eggybyte/lifecycle';
import { freePort } from '../../support/free-port.js';
import { waitUntil } from '../../support/wait-until.js';
import { isListening } from './listening.js';

const ADAPTERS: [string, () => AbstractHttpAdapter][] = [
  ['fastify', () => new FastifyAdapter()],
  ['express', () => new ExpressAdapter()],
];

describe.each(ADAPTERS)('an application with EggyLifecycleModule on %s', (_, adapter) => {
  let steps: string[];
  let port: number;
  let app: INestApplication | undefined;

  beforeEach(async () => {
    steps = [];
    port = await freePort();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  async function create(providers: Type[], options: LauncherOptions = {}): Promise<INestApplication> {
    @Controller()
    class Front {
      @Get('slow')
      async slow(): Promise<string> {
        steps.push('request begins');
        await sleep(150);
        steps.push('request ends');
        return 'slow';
      }

      @Get()
      root(): string {
        return 'here';
      }
    }
    @Module({ imports: [EggyLifecycleModule.forRoot(options)], controllers: [Front], providers })
    class Root {}
    app = await NestFactory.create(Root, adapter(), { logger: false, abortOnError: false });
    return app;
  }
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text());
  /** Tells of a step, and whether the port is open at that moment. */
  const step = async (name: string) => {
    steps.push(`${name}, port ${(await isListening(port)) ? 'open' : 'closed'}`);
  };

  it('starts services before the port opens, and is ready behind it', async () => {
    @Initializer()
    class Index implements Initializer {
      init = () => step('init');
    }
    @Service()
    class Orders implements Service {
      start = () => step('start');
      stop = () => step('stop');
    }
    const nest = await create([Orders, Index]);
    const launcher = nest.get(Launcher);

    await nest.listen(port, '127.0.0.1');

    expect(steps).toEqual(['init, port closed', 'start, port closed']);
    expect(launcher.state).toBe('ready');
    expect(await get('/')).toBe('here');
  });

  it('closes in order: intake, services, user hooks, HTTP, what initializers opened', async () => {
    @Initializer()
    class Index implements Initializer {
      init = async () => undefined;
      close = () => step('close');
    }
    @Service()
    class Orders implements Service {
      start = async () => undefined;
      stop = () => step('stop');
    }
    @Service()
    class Consumer implements BackgroundService, OnDrain {
      onDrain = () => step('onDrain');
      async run(signal: AbortSignal): Promise<void> {
        await once(signal, 'abort');
        steps.push('run ends');
      }
    }
    @Injectable()
    class User {
      onModuleDestroy = () => step('onModuleDestroy');
      onApplicationShutdown = () => step('onApplicationShutdown');
    }
    const nest = await create([Index, Orders, Consumer, User], { drainDelay: 250 });
    const launcher = nest.get(Launcher);
    await nest.listen(port, '127.0.0.1');

    const request = get('/slow');
    await waitUntil(() => steps.includes('request begins'), { what: 'the request' });
    const closing = nest.close();
    expect(await get('/')).toBe('here');
    expect(await request).toBe('slow');
    await closing;

    expect(steps.filter((one) => !one.startsWith('request'))).toEqual([
      'run ends',
      'onDrain, port open',
      'stop, port open',
      'onModuleDestroy, port open',
      'onApplicationShutdown, port closed',
      'close, port closed',
    ]);
    expect(launcher.state).toBe('stopped');
    expect(launcher.failures).toEqual([]);
  });

  it('reports a port that is in use, and closes what had started', async () => {
    @Service()
    class Orders implements Service {
      start = async () => void steps.push('start');
      stop = async () => void steps.push('stop');
    }
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const nest = await create([Orders]);
    const launcher = nest.get(Launcher);

    await expect(nest.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(launcher.state).toBe('starting');
    await nest.close();
    other.close();

    expect(steps).toEqual(['start', 'stop']);
    expect(launcher.state).toBe('stopped');
  });

  it('reports a service that does not start, and opens no port', async () => {
    @Service()
    class Orders implements Service {
      start = () => Promise.reject(new Error('no queue'));
      stop = async () => void steps.push('stop');
    }
    const nest = await create([Orders]);

    await expect(nest.listen(port, '127.0.0.1')).rejects.toThrow('Service `Orders` failed to start: no queue');

    expect(await isListening(port)).toBe(false);
    await nest.close();
    expect(steps).toEqual([]);
  });

  it('calls the listener of the user once the port is open', async () => {
    const nest = await create([]);

    await nest.listen(port, '127.0.0.1', () => void steps.push('listening'));

    expect(steps).toEqual(['listening']);
  });
});
