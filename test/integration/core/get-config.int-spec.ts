import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootstrap, EggyCoreModule, eggyConfig, getConfig, Initializer, int, Service } from '@eggybyte/core';
import { waitUntil } from '../../support/wait-until.js';

class AppConfig extends eggyConfig({ SHOP: int({ default: 0 }) }) {}

/** Code that knows of no container: it asks for the configuration where it needs it. */
const shop = (): number => getConfig(AppConfig).SHOP;

/** Which shop each part of an application took itself for. */
const seen = new Map<string, number[]>();
function note(part: string): void {
  seen.set(part, [...(seen.get(part) ?? []), shop()]);
}

@Initializer()
class Index {
  async init(): Promise<void> {
    await sleep(1);
    note('initializer');
  }

  async close(): Promise<void> {
    note('closer');
  }
}

@Service()
class Clock {
  #timer: NodeJS.Timeout | undefined;

  async start(): Promise<void> {
    this.#timer = setTimeout(() => note('timer of a service'), 1);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    note('stop of a service');
  }
}

@Controller()
class Front implements OnApplicationShutdown {
  @Get()
  async visit(): Promise<string> {
    const before = shop();
    await sleep(1);
    return `${before} ${shop()}`;
  }

  onApplicationShutdown(): void {
    note('hook');
  }
}

const values = {
  PORT: 0,
  HOST: '127.0.0.1',
  METRICS_PORT: 0,
  MONITORING_HOST: '127.0.0.1',
  LOG_LEVEL: 'silent',
} as const;

const SWITCHES = { config: AppConfig, values, cache: false, database: false } as const;

@Module({ imports: [EggyCoreModule.forRoot(SWITCHES)], controllers: [Front], providers: [Index, Clock] })
class PlainModule {}

@Module({
  imports: [EggyCoreModule.forRoot(SWITCHES)],
  controllers: [Front],
  providers: [Index, Clock, { provide: 'AT_CREATION', useFactory: () => note('factory of a provider') }],
})
class AppModule {}

const ADAPTERS = { fastify: () => new FastifyAdapter(), express: () => new ExpressAdapter() };
const PARTS = ['factory of a provider', 'initializer', 'timer of a service', 'stop of a service', 'hook', 'closer'];

async function visit(url: string): Promise<string> {
  return (await fetch(url)).text();
}

describe('getConfig', () => {
  afterEach(() => seen.clear());

  it('has no answer while modules are loaded, and none when the application has ended', async () => {
    expect(shop).toThrow('no application of this process has loaded it');
    const application = await bootstrap(AppModule, { ownProcess: false, env: { SHOP: '1' } });
    expect(shop()).toBe(1);
    await application.stop();
    expect(shop).toThrow('no application of this process has loaded it');
  });

  it('is free again after a start that failed', async () => {
    @Module({
      imports: [EggyCoreModule.forRoot(SWITCHES)],
      providers: [{ provide: 'BROKEN', useFactory: () => Promise.reject(new Error(`no shop ${shop()}`)) }],
    })
    class Broken {}
    const start = bootstrap(Broken, { ownProcess: false, env: { SHOP: '3' } });
    await expect(start).rejects.toThrow('no shop 3');
    expect(shop).toThrow('no application of this process has loaded it');
  });

  describe.each(['fastify', 'express'] as const)('with two applications in one process on %s', (adapter) => {
    it('gives each part of each application its own', async () => {
      const start = (name: string) => bootstrap(AppModule, { ownProcess: false, adapter, env: { SHOP: name } });
      const [one, two] = await Promise.all([start('1'), start('2')]);
      expect(shop).toThrow('2 applications of this process have loaded it');
      expect(await Promise.all([visit(one.url), visit(two.url), visit(one.url)])).toEqual(['1 1', '2 2', '1 1']);
      await waitUntil(() => seen.get('timer of a service')?.length === 2, { what: 'both timers' });
      await Promise.all([one.stop(), two.stop()]);
      for (const part of PARTS) expect([part, seen.get(part)?.toSorted()]).toEqual([part, [1, 2]]);
    });

    it('gives requests, services and initializers their own without bootstrap(), but for closers', async () => {
      const make = async (name: string) => {
        process.env['SHOP'] = name;
        const app = await NestFactory.create(PlainModule, ADAPTERS[adapter](), { abortOnError: false });
        await app.listen(0, '127.0.0.1');
        return app;
      };
      try {
        const one = await make('1');
        const two = await make('2');
        expect([await visit(await one.getUrl()), await visit(await two.getUrl())]).toEqual(['1 1', '2 2']);
        await waitUntil(() => seen.get('timer of a service')?.length === 2, { what: 'both timers' });
        expect(seen.get('initializer')).toEqual([1, 2]);
        await one.close();
        expect(seen.get('stop of a service')).toEqual([1]);
        await two.close();
        expect([seen.get('stop of a service'), seen.get('closer')]).toEqual([[1, 2], [2]]);
      } finally {
        delete process.env['SHOP'];
      }
    });
  });

  it('is the same in a worker', async () => {
    const worker = await bootstrap(AppModule, { ownProcess: false, http: false, env: { SHOP: '4' } });
    await waitUntil(() => seen.get('timer of a service')?.length === 1, { what: 'the timer' });
    await worker.stop();
    for (const part of PARTS) expect([part, seen.get(part)]).toEqual([part, [4]]);
  });
});
