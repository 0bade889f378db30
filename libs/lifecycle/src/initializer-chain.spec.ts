import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InitializerChain, type InitializerStep } from './initializer-chain.js';
import type { LauncherEvent } from './launcher-events.js';
import { Waits, waitingOn } from './waits.js';

const HANG = new Promise<never>(() => undefined);
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('InitializerChain', () => {
  let events: LauncherEvent[];
  let closed: string[];
  let waits: Waits;
  let chain: InitializerChain;
  let start: AbortController;

  beforeEach(() => {
    events = [];
    closed = [];
    waits = new Waits();
    start = new AbortController();
    chain = new InitializerChain((event) => void events.push(event), waits);
  });
  afterEach(() => void jest.useRealTimers());

  /** An initializer that opens its own name. */
  function step(name: string, more: Partial<InitializerStep<string>> = {}): InitializerStep<string> {
    return {
      name,
      timeoutMs: 1000,
      init: async () => name,
      close: async (value) => void closed.push(value),
      ...more,
    };
  }
  const run = async (...steps: InitializerStep<string>[]) => {
    for (const next of steps) await chain.run(next, start.signal);
  };
  const told = () =>
    events
      .filter(({ kind }) => kind !== 'initializer.started')
      .map((event) => `${event.kind} ${'name' in event ? event.name : ''}`);

  it('answers with what init resolves to', async () => {
    expect(await chain.run(step('pool'), start.signal)).toBe('pool');
  });

  it('tells the one that runs, and what it waits on', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const running = run(step('index', { init: () => waitingOn('table `orders`', () => promise) }));
    expect(events).toEqual([{ kind: 'initializer.started', name: 'index' }]);
    expect(waits.list()).toEqual(['initializer `index` (table `orders`)']);

    resolve('index');
    await running;
    expect(waits.list()).toEqual([]);
  });

  it('closes in reverse order what succeeded, with what init resolved to', async () => {
    await run(step('database'), step('cache'), step('index'));

    expect(await chain.close(1000)).toEqual([]);
    expect(closed).toEqual(['index', 'cache', 'database']);
    expect(told()).toEqual([
      'initializer.finished database',
      'initializer.finished cache',
      'initializer.finished index',
      'initializer.closed index',
      'initializer.closed cache',
      'initializer.closed database',
    ]);
  });

  it('closes each once, however often it is closed', async () => {
    await run(step('database'));

    await Promise.all([chain.close(1000), chain.close(1000)]);
    await chain.close(1000);

    expect(closed).toEqual(['database']);
  });

  it('tells nothing of the close of one that has none', async () => {
    await run(step('licence', { close: undefined }));

    expect(await chain.close(1000)).toEqual([]);
    expect(told()).toEqual(['initializer.finished licence']);
  });

  it('names the one that fails, keeps its cause, and does not close it', async () => {
    const cause = new Error('connection refused');
    const failed = run(step('database'), step('cache', { init: () => Promise.reject(cause) }));

    await expect(failed).rejects.toMatchObject({
      code: 'EGGY_LIFECYCLE_INITIALIZER',
      what: 'Initializer `cache` failed',
      cause,
    });
    await chain.close(1000);
    expect(closed).toEqual(['database']);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'initializer.failed', name: 'cache' }));
  });

  it('names the one that is late', async () => {
    await expect(run(step('index', { timeoutMs: 5, init: () => HANG }))).rejects.toThrow(
      'Initializer `index` did not finish within 5 ms. Fix: see what `index` waits for, or raise its timeout.',
    );
  });

  it('aborts the one that runs when the start is interrupted, and runs no other', async () => {
    let signal: AbortSignal | undefined;
    const hanging = step('index', {
      init: (given) => {
        signal = given;
        return HANG;
      },
    });
    const interrupted = run(hanging, step('never'));

    start.abort('SIGTERM');

    await expect(interrupted).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED', why: 'SIGTERM' });
    expect(signal?.aborted).toBe(true);
    await expect(run(step('later'))).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
    expect(told()).not.toContain('initializer.finished later');
  });

  it('closes an init that finishes after its abort, as soon as it is there', async () => {
    const late = run(step('index', { timeoutMs: 2, init: () => sleep(10, 'index') }));

    await expect(late).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_TIMEOUT' });
    expect(closed).toEqual([]);
    await sleep(15);

    expect(closed).toEqual(['index']);
    expect(await chain.close(1000)).toEqual([]);
    expect(closed).toEqual(['index']);
  });

  it('waits for an init that finishes after its abort before it closes what came before', async () => {
    await run(step('database'));
    const interrupted = run(step('index', { init: () => sleep(10, 'index') }));
    start.abort('SIGTERM');
    await interrupted.catch(() => undefined);

    expect(await chain.close(1000)).toEqual([]);

    expect(closed).toEqual(['index', 'database']);
  });

  it('does not close an init that fails after its abort', async () => {
    const failing = async (): Promise<string> => {
      await sleep(10);
      throw new Error('late');
    };
    await run(step('index', { timeoutMs: 2, init: failing })).catch(() => undefined);

    expect(await chain.close(1000)).toEqual([]);
    expect(closed).toEqual([]);
  });

  it('names an aborted init that never ends, and leaves the others their time', async () => {
    jest.useFakeTimers();
    await run(step('database', { close: (value) => later(400).then(() => void closed.push(value)) }));
    const interrupted = run(step('index', { init: () => HANG })).catch(() => undefined);
    start.abort('SIGTERM');
    await interrupted;

    const closing = chain.close(1000);
    await jest.advanceTimersByTimeAsync(900);

    expect((await closing).map(String)).toEqual([
      expect.stringContaining('Interrupted initializer `index` did not finish within 500 ms. Fix: '),
    ]);
    expect(closed).toEqual(['database']);
  });

  it('keeps the failure of a late close', async () => {
    const late = step('index', {
      timeoutMs: 2,
      init: () => sleep(5, 'index'),
      close: () => Promise.reject(new Error('close')),
    });
    await run(late).catch(() => undefined);
    await sleep(10);

    expect(await chain.close(1000)).toEqual([expect.objectContaining({ what: 'Initializer `index` failed to close' })]);
  });

  it('closes the others when one fails to close, and keeps every error', async () => {
    const failing = (name: string) => step(name, { close: () => Promise.reject(new Error(`${name} is stuck`)) });
    await run(step('database'), failing('cache'), step('index'), failing('queue'));

    const failures = await chain.close(1000);

    expect(failures.map(String)).toEqual([
      expect.stringContaining('Initializer `queue` failed to close: queue is stuck.'),
      expect.stringContaining('Initializer `cache` failed to close: cache is stuck.'),
    ]);
    expect(closed).toEqual(['index', 'database']);
    expect(told()).not.toContain('initializer.closed cache');
  });

  it('names one that hangs in its close, aborts it, and leaves the others their time', async () => {
    jest.useFakeTimers();
    let aborted = false;
    const close = async (_: string, signal: AbortSignal) => {
      signal.addEventListener('abort', () => (aborted = true));
      await HANG;
    };
    await run(step('database', { close: (value) => later(400).then(() => void closed.push(value)) }));
    await run(step('cache', { close }));

    const closing = chain.close(1000);
    await jest.advanceTimersByTimeAsync(900);

    expect((await closing).map(String)).toEqual([
      expect.stringContaining('Initializer `cache` did not close within 500 ms. Fix: '),
    ]);
    expect(aborted).toBe(true);
    expect(closed).toEqual(['database']);
  });

  it('takes a close that throws at once for one that rejects', async () => {
    const close = (): never => {
      throw new Error('at once');
    };
    await run(step('database', { close }));

    expect(await chain.close(1000)).toEqual([expect.objectContaining({ why: 'at once' })]);
  });
});
