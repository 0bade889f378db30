import 'reflect-metadata';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, type INestApplication, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from '@jest/globals';
import {
  bootstrap,
  ConcurrentCreateError,
  CoreConfig,
  CoreTwiceError,
  type Counter,
  EggyCoreModule,
  Launcher,
  Metrics,
  Service,
} from '@eggybyte/core';
import { runNode } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';
import { added, leftovers } from './leftovers.js';

const CYCLES = 100;
/**
 * Most that a cycle may leave on the heap, in bytes. Tables that grow and shrink make it 5 KB more or less from one
 * measurement to the next; the metrics alone of an application that something holds on to would be over 50 KB.
 */
const MOST_KEPT = 10_240;
/** Without its compilers V8 keeps no code of what runs often, which is 2 KB for each of the first cycles. */
const STEADY_HEAP = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug'];
const CYCLES_PROGRAM = join(import.meta.dirname, 'programs/cycles.mjs');

const values = { METRICS_PORT: 0, MONITORING_HOST: '127.0.0.1', LOG_LEVEL: 'silent' } as const;
const env = { PORT: '0', HOST: '127.0.0.1' };

@Service()
class Clock {
  ticks = 0;
  #timer: NodeJS.Timeout | undefined;

  async start(): Promise<void> {
    this.#timer = setInterval(() => this.ticks++, 5);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }
}

@Injectable()
class Visits {
  readonly counter: Counter;

  constructor(metrics: Metrics) {
    this.counter = metrics.counter('visits_total', 'Visits');
  }
}

@Controller()
class Front {
  constructor(
    private readonly visits: Visits,
    private readonly config: CoreConfig,
  ) {}

  @Get()
  visit(): string {
    this.visits.counter.inc();
    return this.config.SERVICE_NAME;
  }
}

@Module({ imports: [EggyCoreModule.forRoot({ values })], controllers: [Front], providers: [Clock, Visits] })
class AppModule {}

const ADAPTERS = { fastify: () => new FastifyAdapter(), express: () => new ExpressAdapter() };
const create = (adapter: keyof typeof ADAPTERS): Promise<INestApplication> =>
  NestFactory.create(AppModule, ADAPTERS[adapter](), { abortOnError: false });

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** What many cycles leave open; what a first one leaves is kept for the next ones, such as a buffer. */
async function leftBy(cycle: () => Promise<void>): Promise<Record<string, number>> {
  await cycle();
  await sleep(50);
  const before = leftovers();
  for (let turn = 0; turn < CYCLES; turn++) await cycle();
  // The client of these requests has timers of its own that end a little later.
  const none = () => Object.keys(added(before, leftovers())).length === 0;
  await waitUntil(none, { timeout: 3000, interval: 50, what: 'nothing to be left' }).catch(() => undefined);
  return added(before, leftovers());
}

describe('two applications of one root module in one process', () => {
  it('start at the same time, share nothing, and stop one without the other', async () => {
    const start = (name: string) => bootstrap(AppModule, { ownProcess: false, env: { ...env, SERVICE_NAME: name } });
    const [one, two] = await Promise.all([start('one'), start('two')]);
    expect([await text(one.url), await text(one.url), await text(two.url)]).toEqual(['one', 'one', 'two']);
    expect(await text(`${one.monitoringUrl}/metrics`)).toMatch(/^visits_total 2$/m);
    expect(await text(`${two.monitoringUrl}/metrics`)).toMatch(/^visits_total 1$/m);

    expect(await one.stop()).toBe(0);
    await expect(fetch(one.url)).rejects.toThrow('fetch failed');
    expect(await text(two.url)).toBe('two');
    expect(await text(`${two.monitoringUrl}/readyz`)).toBe('ok');
    expect(await two.stop()).toBe(0);
  });
});

describe.each(['fastify', 'express'] as const)('an application on %s', (adapter) => {
  it(`leaves no listener, timer or socket after ${CYCLES} times bootstrap() and stop()`, async () => {
    const left = await leftBy(async () => {
      const application = await bootstrap(AppModule, { ownProcess: false, env, adapter });
      await text(application.url);
      await application.stop();
    });
    expect(left).toEqual({});
  });

  it(`leaves nothing after ${CYCLES} times NestFactory.create, listen() and close()`, async () => {
    const left = await leftBy(async () => {
      const app = await create(adapter);
      await app.listen(0, '127.0.0.1');
      await text(await app.getUrl());
      await app.close();
    });
    expect(left).toEqual({});
  });

  it('has initializers, services and probes by NestFactory.create and listen() alone', async () => {
    const app = await create(adapter);
    expect(app.get(Launcher).state).toBe('starting');
    await app.listen(0, '127.0.0.1');
    const clock = app.get(Clock);
    await sleep(30);
    expect(app.get(Launcher).state).toBe('ready');
    expect(clock.ticks).toBeGreaterThan(0);
    await app.close();
    expect(app.get(Launcher).state).toBe('stopped');
    const ticks = clock.ticks;
    await sleep(30);
    expect(clock.ticks).toBe(ticks);
  });
});

describe('the heap', () => {
  it.each([
    ['bootstrap', 'fastify'],
    ['create', 'express'],
  ])(
    `keeps nothing of ${CYCLES} cycles by %s on %s`,
    async (...args) => {
      const program = runNode(CYCLES_PROGRAM, { args, execArgv: STEADY_HEAP });
      const { kept } = await program.waitForLog('done', 80_000);
      expect(kept).toBeLessThan(MOST_KEPT);
      expect(await program.exited).toEqual({ code: 0, signal: null });
      // Node warns there of listeners that become more and more.
      expect(program.stderr).toBe('');
    },
    90_000,
  );
});

describe('a plain NestFactory.create', () => {
  it('gives the next application of a root module a launcher of its own', async () => {
    const first = await create('fastify');
    const second = await create('fastify');
    expect(first.get(Launcher)).not.toBe(second.get(Launcher));
    await first.close();
    expect(second.get(Launcher).state).toBe('starting');
    await second.close();
  });

  it('refuses to make two applications of one root module at the same time, and goes on with the first', async () => {
    const [first, second] = await Promise.allSettled([create('fastify'), create('fastify')]);
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(ConcurrentCreateError) });
    if (first.status === 'fulfilled') await first.value.close();
    await (await create('fastify')).close();
  });

  it('refuses a second forRoot()', async () => {
    @Module({ imports: [EggyCoreModule.forRoot({ values }), EggyCoreModule.forRoot({ values })] })
    class Twice {}
    const made = NestFactory.create(Twice, new FastifyAdapter(), { abortOnError: false });
    await expect(made).rejects.toThrow(CoreTwiceError);
  });
});
