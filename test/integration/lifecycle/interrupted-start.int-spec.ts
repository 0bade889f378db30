import 'reflect-metadata';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication, Module } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  EggyLifecycleModule,
  Initializer,
  Launcher,
  type LauncherEvent,
  ProcessGuard,
  Service,
} from '@eggybyte/lifecycle';
import { freePort } from '../../support/free-port.js';
import { isListening } from './listening.js';

const ADAPTERS: [string, () => AbstractHttpAdapter][] = [
  ['fastify', () => new FastifyAdapter()],
  ['express', () => new ExpressAdapter()],
];
/** A name is looked up before it is bound: the widest window for a stop to fall into. */
const HOSTS = ['127.0.0.1', 'localhost'];

describe.each(ADAPTERS)('a start on %s that SIGTERM interrupts', (_, adapter) => {
  let port: number;
  let open: string[];
  let app: INestApplication | undefined;

  beforeEach(async () => {
    port = await freePort();
    open = [];
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  /** Takes a while, in which an interruption may or may not be noticed, and holds something afterwards. */
  async function take(name: string, signal: AbortSignal, heeds: boolean): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await sleep(1);
      if (heeds) signal.throwIfAborted();
    }
    open.push(name);
  }
  function release(name: string): void {
    open.splice(open.indexOf(name), 1);
  }

  @Initializer({ order: 1 })
  class Index implements Initializer {
    init = (signal: AbortSignal) => take('index', signal, true);
    close = async () => release('index');
  }
  @Initializer({ order: 2 })
  class Deaf implements Initializer {
    init = (signal: AbortSignal) => take('deaf', signal, false);
    close = async () => release('deaf');
  }
  @Service()
  class Orders implements Service {
    start = (signal: AbortSignal) => take('orders', signal, true);
    stop = async () => release('orders');
  }
  @Service()
  class DeafOrders implements Service {
    start = (signal: AbortSignal) => take('deaf orders', signal, false);
    stop = async () => release('deaf orders');
  }
  @Module({ imports: [EggyLifecycleModule.forRoot()], providers: [Index, Deaf, Orders, DeafOrders] })
  class Root {}

  /** Starts, and stops as an owner of the process does: interrupts, waits for the start to end, closes. */
  async function startAndStop(host: string, stopWhen: (launcher: Launcher, stop: () => void) => void) {
    const nest = (app = await NestFactory.create(Root, adapter(), { logger: false, abortOnError: false }));
    const launcher = nest.get(Launcher);
    const interrupted = Promise.withResolvers<void>();
    using guard = new ProcessGuard({
      onStop: (signal) => {
        launcher.interrupt(signal);
        interrupted.resolve();
      },
      onRepeat: () => undefined,
      onImpatience: () => undefined,
      onFatal: (error) => interrupted.reject(error),
    });
    stopWhen(launcher, () => process.emit('SIGTERM', 'SIGTERM'));
    const outcome = await nest.listen(port, host).then(
      () => 'listened',
      (error: { code?: string }) => error.code,
    );
    await interrupted.promise;
    if (outcome !== 'listened') expect(await isListening(port)).toBe(false);
    await nest.close();
    guard[Symbol.dispose]();
    expect(await isListening(port)).toBe(false);
    expect(open).toEqual([]);
    expect(launcher.failures).toEqual([]);
    expect(launcher.state).toBe('stopped');
    return outcome;
  }

  it.each(HOSTS)('never leaves a port open, or anything started, at any moment of it (%s)', async (host) => {
    const outcomes = new Set<string | undefined>();
    for (let ms = 0; ms <= 40; ms += 2) {
      outcomes.add(await startAndStop(host, (__, stop) => void setTimeout(stop, ms)));
    }

    expect(outcomes).toContain('EGGY_LIFECYCLE_INTERRUPTED');
    expect([...outcomes].filter((outcome) => outcome !== 'listened')).toEqual(['EGGY_LIFECYCLE_INTERRUPTED']);
  });

  it.each(HOSTS)('never leaves a port open at any turn of the loop around its binding (%s)', async (host) => {
    for (let turns = 0; turns < 12; turns++) {
      const stopAfterServices = (launcher: Launcher, stop: () => void): void => {
        const listener = async (event: LauncherEvent): Promise<void> => {
          if (event.kind !== 'phase.finished' || event.phase !== 'start services') return;
          for (let turn = 0; turn < turns; turn++) await nextTurn();
          stop();
        };
        launcher.events.onEvent((event) => void listener(event));
      };
      const outcome = await startAndStop(host, stopAfterServices);

      expect(['listened', 'EGGY_LIFECYCLE_INTERRUPTED']).toContain(outcome);
    }
  });

  it.each(HOSTS)(
    'never leaves a port open when the application is closed at any moment of its start (%s)',
    async (host) => {
      for (let ms = 0; ms <= 40; ms += 4) {
        const nest = (app = await NestFactory.create(Root, adapter(), { logger: false, abortOnError: false }));
        const launcher = nest.get(Launcher);
        const listening = nest.listen(port, host).catch(() => undefined);
        await sleep(ms);
        await nest.close();
        // A port that was closed while it was being bound leaves Nest's promise open; either way nothing may listen.
        await Promise.race([listening, sleep(20)]);

        expect(await isListening(port)).toBe(false);
        expect(open).toEqual([]);
        expect(launcher.state).toBe('stopped');
      }
    },
  );
});
