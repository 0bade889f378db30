import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ServiceGroup } from './service-group.js';
import { waitingOn, Waits } from './waits.js';

describe('the start of a service', () => {
  let group: ServiceGroup;
  let waits: Waits;
  let stopped: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    waits = new Waits();
    stopped = [];
    const nothing = () => undefined;
    group = new ServiceGroup(nothing, nothing, waits);
  });
  afterEach(() => void jest.useRealTimers());

  function add(name: string, start: (signal: AbortSignal) => Promise<void>, startTimeoutMs: number): void {
    group.add({ start, stop: async () => void stopped.push(name) }, name, { startTimeoutMs, stopTimeoutMs: 1000 });
  }
  const outcome = () => group.start(new AbortController().signal).catch((failure: unknown) => failure);

  it('that is late is named with what it waits on, aborts the others, and is stopped when it comes up', async () => {
    const reasons: unknown[] = [];
    const late = Promise.withResolvers<void>();
    add('slow', (signal) => aborted(signal).then(() => void reasons.push(signal.reason)), 60_000);
    add('late', () => waitingOn('the broker', () => late.promise), 300);
    const started = outcome();
    expect(waits.list()).toEqual(['service `slow`', 'service `late` (the broker)']);
    await jest.advanceTimersByTimeAsync(299);
    expect(reasons).toEqual([]);
    // The one that ignores its abort gets a second more.
    await jest.advanceTimersByTimeAsync(1001);

    const error = await started;
    expect(error).toMatchObject({
      code: 'EGGY_LIFECYCLE_TIMEOUT',
      what: 'Service `late` did not start within 300 ms (waiting on the broker)',
      fix: 'see what `late` waits for, or raise its startTimeout',
    });
    expect(reasons).toEqual([error]);
    late.resolve();
    expect(await group.stop(1000)).toEqual([]);
    expect(stopped).toEqual(['late', 'slow']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('that is in time leaves no timer, however long its timeout', async () => {
    add('quick', async () => undefined, Number.MAX_SAFE_INTEGER);
    expect(await outcome()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
