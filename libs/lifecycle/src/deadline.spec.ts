import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Deadline, withDeadline } from './deadline.js';

const deadline = (more: Partial<Deadline> = {}): Deadline => ({
  step: 'Step `x`',
  timeoutMs: 5,
  fix: 'look at it',
  ...more,
});
const never = () => new Promise<never>(() => undefined);

describe('withDeadline', () => {
  afterEach(() => void jest.useRealTimers());

  it('answers with what the work resolves to', async () => {
    expect(await withDeadline(deadline(), async () => 'done')).toBe('done');
  });

  it('passes on what the work rejects with, also when it throws at once', async () => {
    const error = new Error('work');
    const throwing = (): never => {
      throw error;
    };

    await expect(withDeadline(deadline(), () => Promise.reject(error))).rejects.toBe(error);
    await expect(withDeadline(deadline(), throwing)).rejects.toBe(error);
  });

  it('names the step that is late, and aborts its signal for the same reason', async () => {
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      given = signal;
      return never();
    };

    const late = withDeadline(deadline(), work);

    await expect(late).rejects.toThrow('Step `x` did not finish within 5 ms. Fix: look at it.');
    await expect(late).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_TIMEOUT' });
    expect(given?.reason).toBe(await late.catch((error: unknown) => error));
  });

  it('says what was late in the words of the step', async () => {
    const late = withDeadline(deadline({ step: 'Service `Orders`', verb: 'stop' }), never);

    await expect(late).rejects.toThrow('Service `Orders` did not stop within 5 ms.');
  });

  it('ends the wait when its signal aborts, and aborts the work', async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    const wait = withDeadline(deadline({ timeoutMs: 1000, signal: controller.signal }), (signal) => {
      given = signal;
      return never();
    });

    controller.abort('SIGTERM');

    await expect(wait).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED', why: 'SIGTERM' });
    expect(given?.aborted).toBe(true);
  });

  it('does not begin when its signal has aborted before', async () => {
    let begun = false;
    const wait = withDeadline(deadline({ signal: AbortSignal.abort('stop') }), async () => {
      begun = true;
    });

    await expect(wait).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
    expect(begun).toBe(false);
  });

  it('leaves neither a timer nor a listener behind', async () => {
    jest.useFakeTimers();
    const { signal } = new AbortController();
    const add = jest.spyOn(signal, 'addEventListener');
    const remove = jest.spyOn(signal, 'removeEventListener');

    await withDeadline(deadline({ signal }), async () => undefined);
    await withDeadline(deadline({ signal }), () => Promise.reject(new Error('work'))).catch(() => undefined);

    expect(jest.getTimerCount()).toBe(0);
    expect(add).toHaveBeenCalledTimes(2);
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
  });

  it('does not abort work that is over', async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    await withDeadline(deadline({ signal: controller.signal }), async (signal) => {
      given = signal;
    });

    controller.abort();
    await sleep(10);

    expect(given?.aborted).toBe(false);
  });

  it('waits as long as it is told, even for longer than a timer of Node can', async () => {
    const weeks = 60 * 24 * 3_600_000;

    expect(await withDeadline(deadline({ timeoutMs: weeks }), () => sleep(10, 'done'))).toBe('done');
  });

  it('hands over work that goes on after the deadline', async () => {
    const settled: unknown[] = [];
    const onLate = (late: Promise<string>) => void late.then((value) => settled.push(value));

    await withDeadline(deadline(), () => sleep(10, 'late'), onLate).catch(() => undefined);
    expect(settled).toEqual([]);
    await sleep(10);

    expect(settled).toEqual(['late']);
  });

  // An unhandled rejection fails the test by itself.
  it('leaves a late rejection unobserved', async () => {
    const failing = async () => {
      await sleep(8);
      throw new Error('late');
    };

    await expect(withDeadline(deadline(), failing)).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_TIMEOUT' });
    await sleep(15);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'is late or not, never both, when its signal aborts %i steps after the end',
    async (steps) => {
      const controller = new AbortController();
      const late: unknown[] = [];
      const { promise, resolve } = Promise.withResolvers<string>();
      const wait = withDeadline(
        deadline({ signal: controller.signal }),
        () => promise,
        (settled) => late.push(settled),
      );
      let passed: Promise<unknown> = promise;
      for (let step = 0; step < steps; step++) passed = passed.then(() => undefined);
      void passed.then(() => controller.abort('SIGTERM'));

      resolve('done');

      const outcome = await wait.catch(() => 'interrupted');
      expect(late).toHaveLength(outcome === 'done' ? 0 : 1);
    },
  );
});
