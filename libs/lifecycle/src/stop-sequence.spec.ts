import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DrainableServer } from './drainable-server.js';
import { InitializerChain } from './initializer-chain.js';
import type { LauncherState } from './launcher-state.js';
import { type LauncherOptions, resolveLauncherOptions } from './launcher.options.js';
import { ServiceGroup } from './service-group.js';
import { StopSequence } from './stop-sequence.js';
import { Waits } from './waits.js';

const TIMES = { startTimeoutMs: 1000, stopTimeoutMs: 1000 };
const HANG = new Promise<never>(() => undefined);

describe('StopSequence', () => {
  let steps: string[];
  let isKnown: boolean;

  beforeEach(() => {
    steps = [];
    isKnown = true;
  });
  afterEach(() => void jest.useRealTimers());

  /** A stop of one service, one initializer and one drain hook, all of which write down their calls. */
  async function sequence(options: LauncherOptions = {}): Promise<StopSequence> {
    const emit = () => undefined;
    const initializers = new InitializerChain(emit, new Waits());
    const services = new ServiceGroup(emit, () => undefined, new Waits());
    const { signal } = new AbortController();
    const close = async () => void steps.push('initializer closed');
    await initializers.run({ name: 'pool', timeoutMs: 1000, init: async () => undefined, close }, signal);
    services.add(
      { start: async () => undefined, stop: async () => void steps.push('service stopped') },
      'orders',
      TIMES,
    );
    services.add({ run: (drain) => watch(drain) }, 'consumer', TIMES);
    await services.start(signal);
    const enter = (next: LauncherState) => {
      steps.push(next);
    };
    const port = { isKnown: () => isKnown, emit, enter };
    const stop = new StopSequence(resolveLauncherOptions(options), initializers, services, port);
    stop.drainHooks.push({ name: 'Intake', hook: { onDrain: async () => void steps.push('onDrain') } });
    return stop;
  }

  async function watch(drain: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    drain.addEventListener('abort', () => resolve());
    await promise;
    steps.push('run returned');
  }

  function server(more: Partial<DrainableServer> = {}): DrainableServer {
    return {
      inflight: 0,
      beginDrain: () => void steps.push('server drains'),
      finish: async () => {
        steps.push('server finishes');
        return [];
      },
      ...more,
    };
  }
  const whats = (stop: StopSequence) =>
    stop.failures.map((failure) => (failure as { what?: string }).what ?? String(failure));

  it('goes on from intake over requests and services to initializers', async () => {
    const stop = await sequence({ drainDelay: 10 });
    stop.servers.push(server());

    await stop.close('SIGTERM');

    expect(steps).toEqual([
      'draining',
      'onDrain',
      'server drains',
      'run returned',
      'server finishes',
      'stopping',
      'service stopped',
      'initializer closed',
      'stopped',
    ]);
    expect(stop.failures).toEqual([]);
  });

  it('takes each step once, whoever asks for it and how often', async () => {
    const stop = await sequence();
    stop.servers.push(server());

    await Promise.all([stop.close('a'), stop.stopServices('b'), stop.drain('c'), stop.close('d')]);
    await stop.close('e');

    expect(steps.filter((step) => step === 'server drains')).toHaveLength(1);
    expect(steps.filter((step) => step === 'service stopped')).toHaveLength(1);
    expect(steps.filter((step) => step === 'initializer closed')).toHaveLength(1);
  });

  it('serves on for the drain delay', async () => {
    const stop = await sequence({ drainDelay: 20 });
    stop.servers.push(server());
    const began = performance.now();

    await stop.drain('SIGTERM');

    expect(steps).toContain('server finishes');
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });

  it('skips the drain delay when nobody sends requests here', async () => {
    const stop = await sequence({ drainDelay: '20s' });
    isKnown = false;

    await stop.close('the start failed');

    expect(steps).toContain('stopped');
  });

  it('gives requests the time that is left, less what later steps need', async () => {
    const stop = await sequence({ shutdownTimeout: '29s' });
    const given: number[] = [];
    const finish = async (timeoutMs: number) => {
      given.push(timeoutMs);
      return [];
    };
    stop.servers.push(server({ finish }), server({ finish }));
    jest.useFakeTimers();

    await stop.drain('SIGTERM');

    expect(given).toEqual([20_000, 20_000]);
  });

  it('counts requests that were cut as a failure', async () => {
    const stop = await sequence();
    stop.servers.push(server({ finish: async () => ['GET /a', 'GET /b'] }), server());

    await stop.close('SIGTERM');

    expect(stop.failures).toEqual([expect.objectContaining({ code: 'EGGY_LIFECYCLE_REQUESTS_CUT' })]);
    expect(String(stop.failures[0])).toMatch(/2 request\(s\) were cut after \d+ ms of draining/);
  });

  it('goes on, and keeps the error, when a server fails to drain or to finish', async () => {
    const stop = await sequence();
    const beginDrain = (): never => {
      throw new Error('no drain');
    };
    stop.servers.push(
      server({ beginDrain }),
      server({ finish: () => Promise.reject(new Error('no finish')) }),
      server(),
    );

    await stop.close('SIGTERM');

    expect(whats(stop)).toEqual(['Error: no drain', 'Error: no finish']);
    expect(steps.filter((step) => step === 'server finishes')).toHaveLength(2);
    expect(steps).toContain('stopped');
  });

  it('leaves services and initializers their time when a server hangs', async () => {
    const stop = await sequence({ shutdownTimeout: '2400ms' });
    stop.servers.push(server({ finish: () => HANG }));
    jest.useFakeTimers();

    const closing = stop.close('SIGTERM');
    await jest.advanceTimersByTimeAsync(1950);
    await closing;

    expect(whats(stop)).toEqual(['The drained server did not close within 1950 ms']);
    expect(steps.slice(-4)).toEqual(['stopping', 'service stopped', 'initializer closed', 'stopped']);
  });

  it('names an onDrain that hangs, aborts its signal, and leaves services and initializers their time', async () => {
    const stop = await sequence({ shutdownTimeout: '2400ms' });
    let aborted = false;
    const onDrain = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return HANG;
    };
    stop.drainHooks.push({ name: 'Deaf', hook: { onDrain } });
    jest.useFakeTimers();

    const closing = stop.close('SIGTERM');
    await jest.advanceTimersByTimeAsync(1500);
    await closing;

    expect(whats(stop)).toEqual(['Draining `Deaf` did not finish within 1500 ms']);
    expect(aborted).toBe(true);
    expect(steps.slice(-4)).toEqual(['stopping', 'service stopped', 'initializer closed', 'stopped']);
  });

  it('awaits every onDrain before services stop', async () => {
    const stop = await sequence();
    const onDrain = async () => {
      await sleep(10);
      steps.push('slow onDrain');
    };
    stop.drainHooks.unshift({ name: 'Slow', hook: { onDrain } });

    await stop.stopServices('SIGTERM');

    expect(steps.indexOf('slow onDrain')).toBeLessThan(steps.indexOf('stopping'));
  });

  it('keeps every error of every step, in order', async () => {
    const stop = await sequence();
    const throwing = (): never => {
      throw new Error('no end of intake');
    };
    stop.drainHooks.push({ name: 'Intake', hook: { onDrain: throwing } });
    stop.servers.push(server({ finish: async () => ['GET /a'] }));
    stop.fail(new Error('told from outside'));

    await stop.close('SIGTERM');

    expect(whats(stop)).toEqual([
      'Error: told from outside',
      'Error: no end of intake',
      expect.stringContaining('1 request(s) were cut'),
    ]);
  });
});
