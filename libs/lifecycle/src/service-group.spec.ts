import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BackgroundService, Service } from './contracts.js';
import type { LauncherEvent } from './launcher-events.js';
import { ServiceGroup } from './service-group.js';
import { Waits } from './waits.js';

const TIMES = { startTimeoutMs: 60_000, stopTimeoutMs: 1000 };
const HANG = new Promise<never>(() => undefined);

describe('ServiceGroup', () => {
  let events: LauncherEvent[];
  let calls: string[];
  let crashes: unknown[];
  let group: ServiceGroup;
  let interrupt: AbortController;

  beforeEach(() => {
    events = [];
    calls = [];
    crashes = [];
    interrupt = new AbortController();
    group = new ServiceGroup(
      (event) => void events.push(event),
      (error) => void crashes.push(error),
      new Waits(),
    );
  });
  afterEach(() => void jest.useRealTimers());

  /** Adds a service that writes down its calls. */
  function add(name: string, service: Partial<Service> = {}, stopTimeoutMs = 1000): void {
    const full = {
      start: async (signal: AbortSignal) => {
        calls.push(`start ${name}`);
        await service.start?.(signal);
      },
      stop: async (signal: AbortSignal) => {
        calls.push(`stop ${name}`);
        await service.stop?.(signal);
      },
    };
    group.add(full, name, { ...TIMES, stopTimeoutMs });
  }
  const addBackground = (name: string, run: BackgroundService['run'], stopTimeoutMs = 1000) =>
    group.add({ run }, name, { ...TIMES, stopTimeoutMs });
  const start = () => group.start(interrupt.signal);
  const told = () =>
    events
      .filter(({ kind }) => kind !== 'service.starting')
      .map((event) => `${event.kind} ${'name' in event ? event.name : ''}`);
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

  describe('start', () => {
    it('starts all at once', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      add('first', { start: () => promise });
      add('second', { start: async () => resolve() });

      await start();

      expect(told()).toEqual(expect.arrayContaining(['service.started first', 'service.started second']));
    });

    it('has nothing to do without services', async () => {
      await start();

      expect(await group.stop(1000)).toEqual([]);
      expect(events).toEqual([]);
    });

    it('names the first that fails, keeps its cause, and aborts the others', async () => {
      const cause = new Error('no queue');
      const reasons: unknown[] = [];
      add('slow', {
        start: async (signal) => {
          await untilAborted(signal);
          reasons.push(signal.reason);
          throw new Error('aborted');
        },
      });
      add('broken', { start: () => Promise.reject(cause) });

      const error: unknown = await start().catch((failure: unknown) => failure);

      expect(error).toMatchObject({ code: 'EGGY_LIFECYCLE_SERVICE', what: 'Service `broken` failed to start', cause });
      expect(reasons).toEqual([error]);
      expect(told()).toEqual(['service.failed broken', 'service.failed slow']);
    });

    it('takes a start that throws at once for one that rejects', async () => {
      const throwing = (): never => {
        throw new Error('at once');
      };
      group.add({ start: throwing, stop: async () => undefined }, 'broken', TIMES);
      add('never');

      await expect(start()).rejects.toMatchObject({ why: 'at once' });
    });

    it('is interrupted by its signal, and starts nothing when that has aborted before', async () => {
      add('slow', { start: untilAborted });
      const interrupted = start();

      interrupt.abort('SIGTERM');

      await expect(interrupted).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED', why: 'SIGTERM' });
      calls = [];
      await expect(start()).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
      expect(calls).toEqual([]);
    });

    it('starts no further one when one of them interrupts it', async () => {
      add('first', { start: async () => interrupt.abort('enough') });
      add('second');

      await expect(start()).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED', why: 'enough' });
      expect(calls).toEqual(['start first']);
    });

    it('reports a failure that came before the interruption', async () => {
      add('broken', { start: () => Promise.reject(new Error('no queue')) });
      add('slow', { start: async (signal) => untilAborted(signal).then(() => interrupt.abort('SIGTERM')) });

      await expect(start()).rejects.toMatchObject({ what: 'Service `broken` failed to start' });
    });

    it('waits one second for a start that ignores its abort', async () => {
      jest.useFakeTimers();
      add('deaf', { start: () => HANG });
      let outcome: unknown;
      void start().catch((error: unknown) => (outcome = error));

      interrupt.abort('SIGTERM');
      await jest.advanceTimersByTimeAsync(999);
      expect(outcome).toBeUndefined();
      await jest.advanceTimersByTimeAsync(1);

      expect(outcome).toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
      expect(jest.getTimerCount()).toBe(0);
    });

    it('waits for a deaf start also when the interruption comes from within a start', async () => {
      jest.useFakeTimers();
      add('deaf', { start: () => HANG });
      add('interrupting', { start: async () => interrupt.abort('enough') });
      const outcome = start().catch((error: unknown) => error);

      await jest.advanceTimersByTimeAsync(1000);

      expect(await outcome).toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
    });

    it('gives a signal that is never aborted once all have started', async () => {
      const signals: AbortSignal[] = [];
      add('server', { start: async (signal) => void signals.push(signal) });
      addBackground('crashing', async () => sleep(5).then(() => Promise.reject(new Error('crash'))));
      await start();

      interrupt.abort('SIGTERM');
      await sleep(10);

      expect(crashes).toHaveLength(1);
      expect(signals[0]?.aborted).toBe(false);
    });
  });

  describe('stop', () => {
    it('stops in reverse order of addition, each once', async () => {
      add('a', { start: () => sleep(5) });
      add('b');
      add('c');
      await start();
      calls = [];

      expect(await group.stop(1000)).toEqual([]);
      expect(await group.stop(1000)).toEqual([]);

      expect(calls).toEqual(['stop c', 'stop b', 'stop a']);
      expect(told().slice(3)).toEqual(['service.stopped c', 'service.stopped b', 'service.stopped a']);
    });

    it('stops only what started', async () => {
      add('a');
      add('broken', { start: () => Promise.reject(new Error('no queue')) });
      add('c');
      await start().catch(() => undefined);
      calls = [];

      expect(await group.stop(1000)).toEqual([]);
      expect(calls).toEqual(['stop c', 'stop a']);
    });

    it('stops nothing that was never started', async () => {
      add('a');

      expect(await group.stop(1000)).toEqual([]);
      expect(calls).toEqual([]);
    });

    it('stops the others when one fails, and keeps every error', async () => {
      add('a', { stop: () => Promise.reject(new Error('a is stuck')) });
      add('b');
      add('c', { stop: () => Promise.reject(new Error('c is stuck')) });
      await start();

      const failures = await group.stop(1000);

      expect(failures.map(String)).toEqual([
        expect.stringContaining('Service `c` failed to stop: c is stuck.'),
        expect.stringContaining('Service `a` failed to stop: a is stuck.'),
      ]);
      expect(told()).toContain('service.stopped b');
      expect(told()).not.toContain('service.stopped a');
    });

    it('names one that hangs, aborts its signal, and goes on', async () => {
      let aborted = false;
      const hanging = async (signal: AbortSignal) => {
        signal.addEventListener('abort', () => (aborted = true));
        await HANG;
      };
      add('a');
      add('deaf', { stop: hanging }, 5);
      await start();

      const failures = await group.stop(1000);

      expect(failures.map(String)).toEqual([
        expect.stringContaining(
          'Service `deaf` did not stop within 5 ms. Fix: let it honour its signal, or raise its stopTimeout.',
        ),
      ]);
      expect(aborted).toBe(true);
      expect(calls).toContain('stop a');
    });

    it('leaves each its part of a short budget when those before it hang', async () => {
      jest.useFakeTimers();
      add('patient', { stop: () => new Promise((resolve) => setTimeout(resolve, 250)) });
      add('deaf', { stop: () => HANG });
      add('deaf too', { stop: () => HANG });
      await start();

      const stopped = group.stop(900);
      await jest.advanceTimersByTimeAsync(850);

      expect((await stopped).map((failure) => (failure as { what: string }).what)).toEqual([
        'Service `deaf too` did not stop within 300 ms',
        'Service `deaf` did not stop within 300 ms',
      ]);
      expect(told()).toContain('service.stopped patient');
    });

    it('waits for a start that ignored its abort, and stops it in its turn', async () => {
      jest.useFakeTimers();
      add('a');
      add('deaf', { start: () => new Promise((resolve) => setTimeout(resolve, 1500)) });
      add('c');
      const outcome = start().catch((error: unknown) => error);
      interrupt.abort('SIGTERM');
      await jest.advanceTimersByTimeAsync(1000);
      expect(await outcome).toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });

      const stopped = group.stop(5000);
      await jest.advanceTimersByTimeAsync(500);

      expect(await stopped).toEqual([]);
      expect(calls.slice(3)).toEqual(['stop c', 'stop deaf', 'stop a']);
    });

    it('names a start that never ends, and stops it when it ends after all', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      add('deaf', { start: () => promise }, 5);
      jest.useFakeTimers();
      const outcome = start().catch((error: unknown) => error);
      interrupt.abort('SIGTERM');
      await jest.advanceTimersByTimeAsync(1000);
      await outcome;
      const stopped = group.stop(1000);
      await jest.advanceTimersByTimeAsync(5);

      expect((await stopped).map(String)).toEqual([expect.stringContaining('Service `deaf` did not stop within 5 ms')]);
      expect(calls).toEqual(['start deaf']);
      resolve();
      await jest.advanceTimersByTimeAsync(1);
      expect(calls).toEqual(['start deaf', 'stop deaf']);
    });
  });

  describe('with a background service', () => {
    it('runs it without waiting for its end, and returning after the signal is its stop', async () => {
      addBackground('consumer', async (signal) => {
        calls.push('run');
        await untilAborted(signal);
        await nextTurn();
        calls.push('returned');
      });
      await start();
      expect(calls).toEqual(['run']);

      group.beginDrain();

      expect(await group.stop(1000)).toEqual([]);
      expect(calls).toEqual(['run', 'returned']);
      expect(told()).toEqual(['service.started consumer', 'service.stopped consumer']);
    });

    it('takes the rejection by its own signal for returning', async () => {
      addBackground('sleeping', (signal) => sleep(60_000, undefined, { signal }));
      addBackground('throwing', async (signal) => untilAborted(signal).then(() => signal.throwIfAborted()));
      await start();

      expect(await group.stop(1000)).toEqual([]);
      expect(crashes).toEqual([]);
      expect(told().slice(2)).toEqual(['service.stopped throwing', 'service.stopped sleeping']);
    });

    it('counts any other rejection after the signal as a failed stop, not as a crash', async () => {
      const cause = new Error('last message lost');
      addBackground('consumer', async (signal) => untilAborted(signal).then(() => Promise.reject(cause)));
      await start();
      group.beginDrain();
      await nextTurn();

      expect(await group.stop(1000)).toEqual([
        expect.objectContaining({ what: 'Service `consumer` failed to stop', cause }),
      ]);
      expect(crashes).toEqual([]);
    });

    it('tells that it finished before it was asked to, and has nothing to stop then', async () => {
      addBackground('job', async () => undefined);
      await start();
      await nextTurn();

      expect(await group.stop(1000)).toEqual([]);
      expect(told()).toEqual(['service.started job', 'service.finished job']);
    });

    it('tells a crash, names it and keeps its cause', async () => {
      const cause = new Error('connection lost');
      addBackground('consumer', async () => {
        await nextTurn();
        throw cause;
      });
      await start();
      await sleep(2);

      expect(crashes).toEqual([
        expect.objectContaining({ code: 'EGGY_LIFECYCLE_SERVICE', what: 'Service `consumer` crashed', cause }),
      ]);
      expect(events).toContainEqual({ kind: 'service.crashed', name: 'consumer', error: crashes[0] });
      expect(await group.stop(1000)).toEqual([]);
      expect(told()).not.toContain('service.stopped consumer');
    });

    it('fails the start by a crash while others are still starting', async () => {
      add('slow', { start: untilAborted });
      addBackground('consumer', () => Promise.reject(new Error('connection lost')));

      await expect(start()).rejects.toMatchObject({ what: 'Service `consumer` crashed' });
      expect(crashes).toHaveLength(1);
    });

    it('takes a run that throws at once for a crash', async () => {
      const run = (): never => {
        throw new Error('at once');
      };
      addBackground('consumer', run);

      await expect(start()).rejects.toMatchObject({ what: 'Service `consumer` crashed', why: 'at once' });
    });

    it('names one that does not return', async () => {
      addBackground('deaf', () => HANG, 5);
      await start();

      expect((await group.stop(1000)).map(String)).toEqual([
        expect.stringContaining('Service `deaf` did not stop within 5 ms'),
      ]);
    });

    it('runs a class with run whatever other methods it has, unless it is a whole service', async () => {
      const called: string[] = [];
      const method = (name: string) => async () => void called.push(name);
      group.add({ run: method('run'), stop: method('stop') }, 'with stop', TIMES);
      group.add({ run: method('run'), start: method('start') }, 'with start', TIMES);
      group.add({ run: method('run'), start: method('own start'), stop: method('own stop') }, 'whole', TIMES);
      await start();
      await group.stop(1000);

      expect(called).toEqual(['run', 'run', 'own start', 'own stop']);
    });
  });
});
