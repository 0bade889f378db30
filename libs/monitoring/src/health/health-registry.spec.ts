import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import type { HealthChecker } from '@eggybyte/observability';
import type { HealthEvent } from './health-events.js';
import { HealthRegistry } from './health-registry.js';

type Check = HealthChecker['check'];

const FAST = { timeout: '10ms', interval: '3ms' } as const;
const registries: HealthRegistry[] = [];

/** A registry with one check named `it`, not started yet, and what happens to it. */
function withCheck(
  check: Check,
  options: { critical?: boolean; timeout?: `${number}ms`; interval?: `${number}ms` } = {},
) {
  const health = new HealthRegistry(FAST);
  const events: HealthEvent[] = [];
  health.onEvent((event) => events.push(event));
  health.add({ name: 'it', ...options }, { check });
  registries.push(health);
  return {
    health,
    events,
    ran: () => events.filter((event) => event.kind === 'check.ran').length,
    changes: () => events.filter((event) => event.kind === 'check.changed'),
  };
}

/** Fails where the pattern says `-`, works where it says `+`; the last sign holds on. */
function following(pattern: string): Check {
  let run = 0;
  return async () => {
    const sign = pattern[Math.min(run++, pattern.length - 1)];
    if (sign === '-') throw new Error('as the pattern says');
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

const hangs: Check = () => new Promise(() => undefined);

const honours: Check = (signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

class HostileError extends Error {
  override get message(): string {
    throw new Error('no text for you');
  }
}

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => {
  for (const health of registries.splice(0)) health.stop();
});

describe('HealthRegistry', () => {
  it('is pending until it is started and up after the first success', async () => {
    const { health } = withCheck(following('+'));
    await health.firstResults();
    expect(health.checks).toEqual([{ name: 'it', critical: true, state: 'pending', reason: undefined }]);
    health.start();
    await health.firstResults();
    expect(health.checks).toEqual([{ name: 'it', critical: true, state: 'up', reason: undefined }]);
  });

  it('repeats a failure at once and stays up when the second run works', async () => {
    const { health, events, ran, changes } = withCheck(following('+-+'), { interval: '1ms' });
    health.start();
    await until(() => ran() > 4);
    expect(health.checks[0]?.state).toBe('up');
    expect(changes()).toHaveLength(1);
    expect(events.filter((event) => event.kind === 'check.ran' && event.reason === 'failed')).toHaveLength(1);
  });

  it('is down after two failures in a row, without waiting for the interval', async () => {
    const { health, changes } = withCheck(following('--'), { interval: '60000ms' });
    health.start();
    await health.firstResults();
    expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'failed' });
    expect(changes()).toHaveLength(1);
  });

  it('is up again after one success, and tells each change once', async () => {
    const { health, ran, changes } = withCheck(following('+------+'), { interval: '1ms' });
    health.start();
    await until(() => ran() > 9);
    expect(health.checks[0]?.state).toBe('up');
    const states = changes().map((event) => event.kind === 'check.changed' && event.check.state);
    expect(states).toEqual(['up', 'down', 'up']);
  });

  it('does not repeat the failures of a check that is down', async () => {
    let runs = 0;
    let afterThird = 0;
    const { health } = withCheck(async () => {
      // A repetition would follow at once, long before the next turn of the event loop.
      if (++runs === 3) setImmediate(() => (afterThird = runs));
      throw new Error('no');
    });
    health.start();
    await until(() => afterThird > 0);
    expect(afterThird).toBe(3);
  });

  it('aborts a run at its deadline with a TimeoutError', async () => {
    let reason: unknown;
    const { health } = withCheck(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(new Error('aborted'));
          });
        }),
      { timeout: '5ms' },
    );
    health.start();
    await until(() => health.checks[0]?.state === 'down');
    expect(reason).toMatchObject({ name: 'TimeoutError' });
    expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'timeout' });
  });

  it('never has two runs of a check that hangs', async () => {
    let runs = 0;
    const { health, ran } = withCheck(
      (signal) => {
        runs++;
        return hangs(signal);
      },
      { timeout: '2ms', interval: '1ms' },
    );
    health.start();
    await until(() => ran() > 3);
    expect(runs).toBe(1);
    expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'timeout' });
  });

  it('runs a check again once its hanging run has ended', async () => {
    const release = Promise.withResolvers<void>();
    let runs = 0;
    const { health } = withCheck(() => (runs++ === 0 ? release.promise : Promise.resolve()), { timeout: '2ms' });
    health.start();
    await until(() => health.checks[0]?.state === 'down');
    expect(runs).toBe(1);
    release.resolve();
    await until(() => health.checks[0]?.state === 'up');
  });

  it('gives its first results after one deadline, whatever hangs', async () => {
    const { health, ran } = withCheck(hangs, { timeout: '10ms' });
    health.start();
    await health.firstResults();
    // The repetition has not ended yet: nobody waits for it.
    expect(ran()).toBeLessThan(2);
    expect(health.checks[0]?.state).not.toBe('up');
  });

  it('runs the checks at the same time', async () => {
    const { health } = withCheck(hangs, { timeout: '1000ms' });
    health.add({ name: 'other' }, { check: following('+') });
    health.start();
    await sleep(1);
    expect(health.checks.map(({ state }) => state)).toEqual(['pending', 'up']);
  });

  it('takes a synchronous throw for a failure', async () => {
    const { health } = withCheck(() => {
      throw new Error('at once');
    });
    health.start();
    await health.firstResults();
    expect(health.checks[0]?.state).toBe('down');
  });

  it('survives whatever is thrown', async () => {
    for (const thrown of [undefined, null, 'text', Object.create(null), new HostileError()]) {
      const { health } = withCheck(() => Promise.reject(thrown));
      health.start();
      await health.firstResults();
      expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'failed' });
    }
  });

  it('runs a check at once that is added after the start', async () => {
    const { health } = withCheck(following('+'));
    health.start();
    health.add({ name: 'late' }, { check: following('+') });
    await health.firstResults();
    expect(health.checks.map(({ state }) => state)).toEqual(['up', 'up']);
  });

  it('lets the checker say its name, for several of one class', () => {
    const health = new HealthRegistry();
    for (const name of ['one', 'other']) health.add({ name: 'it' }, { name, check: following('+') });

    expect(health.checks.map(({ name }) => name)).toEqual(['one', 'other']);
  });

  it('lets the checker decide whether it is critical', () => {
    const { health } = withCheck(following('+'), { critical: false });
    health.add({ name: 'a', critical: true }, { check: following('+'), critical: false });
    health.add({ name: 'b' }, { check: following('+') });
    expect(health.checks.map(({ critical }) => critical)).toEqual([false, false, true]);
  });

  it('stops for good: aborts the run at hand, runs and tells nothing more', async () => {
    let signal: AbortSignal | undefined;
    let runs = 0;
    const { health, events } = withCheck(
      (given) => {
        signal = given;
        runs++;
        return hangs(given);
      },
      { timeout: '5ms', interval: '1ms' },
    );
    health.start();
    health.stop();
    expect(signal?.aborted).toBe(true);
    health.start();
    await health.firstResults();
    await sleep(12);
    expect(runs).toBe(1);
    expect(events).toEqual([]);
  });

  it('closes as soon as every run has noticed its abort', async () => {
    const { health } = withCheck(honours, { timeout: '60000ms' });
    health.start();
    // The longest wait is longer than a test may take.
    expect(await health.close(60_000)).toEqual([]);
  });

  it('closes at once when it never started and when nothing runs', async () => {
    expect(await withCheck(hangs).health.close(60_000)).toEqual([]);
    const { health } = withCheck(following('+'));
    health.start();
    await health.firstResults();
    expect(await health.close(60_000)).toEqual([]);
    expect(await health.close(60_000)).toEqual([]);
  });

  it('names the checks that ignore their abort, also those that missed their deadline before', async () => {
    const { health } = withCheck(hangs, { timeout: '2ms' });
    health.add({ name: 'late', timeout: '1m' }, { check: hangs });
    health.add({ name: 'decent', timeout: '1m' }, { check: honours });
    health.add({ name: 'works' }, { check: following('+') });
    health.start();
    await until(() => health.checks[0]?.state === 'down');
    expect(await health.close(5)).toEqual(['it', 'late']);
  });

  it('lets another checker tell for a check, at once, and does not call its own meanwhile', async () => {
    let runs = 0;
    const { health, changes } = withCheck(async () => void runs++, { interval: '60000ms' });
    health.start();
    await health.firstResults();
    await health.standIn('it', {
      check: () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })),
    });
    expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'refused' });
    await health.standIn('it', { check: following('+') });
    expect([health.checks[0]?.state, runs]).toEqual(['up', 1]);
    await health.standIn('it', undefined);
    expect([health.checks[0]?.state, runs]).toEqual(['up', 2]);
    expect(changes()).toHaveLength(3);
  });

  it('goes on asking the one that stands in, at the interval of the check', async () => {
    let asked = 0;
    const { health } = withCheck(following('+'), { interval: '1ms' });
    health.start();
    await health.standIn('it', { check: async () => void asked++ });
    await until(() => asked > 3);
    expect(health.checks[0]?.state).toBe('up');
  });

  it('hears nothing more of a run that another checker has taken the place of', async () => {
    const own = Promise.withResolvers<void>();
    const { health, events } = withCheck(() => own.promise, { timeout: '60000ms', interval: '60000ms' });
    health.start();
    await health.standIn('it', { check: () => Promise.reject(new Error('as the test says')) });
    const told = events.length;
    own.resolve();
    await sleep(1);
    expect(health.checks[0]?.state).toBe('down');
    expect(events).toHaveLength(told);
  });

  it('starts no second run of its own checker when that still hangs', async () => {
    let runs = 0;
    const { health } = withCheck((signal) => {
      runs++;
      return hangs(signal);
    });
    health.start();
    await health.standIn('it', { check: following('+') });
    expect(health.checks[0]?.state).toBe('up');
    await health.standIn('it', undefined);
    expect(health.checks[0]).toMatchObject({ state: 'down', reason: 'timeout' });
    expect(runs).toBe(1);
    expect(await health.close(1)).toEqual(['it']);
  });

  it('remembers who stands in until it is started', async () => {
    const { health } = withCheck(following('+'));
    await health.standIn('it', { check: following('-') });
    health.start();
    await health.firstResults();
    expect(health.checks[0]?.state).toBe('down');
  });

  it('lets nobody stand in for a check that is not there, and names those that are', () => {
    const { health } = withCheck(following('+'));
    health.add({ name: 'other' }, { check: following('+') });
    expect(() => health.standIn('its', undefined)).toThrow(/one of `it`, `other`, got `its`/);
    expect(() => new HealthRegistry().standIn('it', undefined)).toThrow(/none at all/);
  });

  it.each(['', 'A', '1st', 'a b', 'a/b', '__proto__', 'a'.repeat(64), 'ä', 'x\n', undefined])(
    'refuses %p as a name',
    (name) => {
      const { health } = withCheck(hangs);
      const add = () => health.add({ name: name as string }, { check: hangs });
      expect(add).toThrow(expect.objectContaining({ code: 'EGGY_MONITORING_CHECK_NAME' }));
    },
  );

  it('refuses a second check of one name', () => {
    const { health } = withCheck(hangs);
    const add = () => health.add({ name: 'it' }, { check: hangs });
    expect(add).toThrow(expect.objectContaining({ code: 'EGGY_MONITORING_CHECK_TWICE' }));
  });

  it.each([0, -1, Number.NaN, 2 ** 31] as const)('refuses %p ms as timeout and as interval', (ms) => {
    const { health } = withCheck(hangs);
    const refused = expect.objectContaining({ code: 'EGGY_ARGUMENT' });
    expect(() => health.add({ name: 'a', timeout: ms }, { check: hangs })).toThrow(refused);
    expect(() => health.add({ name: 'b', interval: ms }, { check: hangs })).toThrow(refused);
    expect(() => new HealthRegistry({ timeout: ms })).toThrow(refused);
    expect(health.checks).toHaveLength(1);
  });

  describe('log', () => {
    const records: { level: string; message: unknown }[] = [];
    beforeEach(() => {
      records.length = 0;
      const keep = (level: string) => (message: unknown) => void records.push({ level, message });
      const logger: LoggerService = {
        log: keep('log'),
        error: keep('error'),
        warn: keep('warn'),
        debug: keep('debug'),
      };
      Logger.overrideLogger(logger);
    });
    afterEach(() => Logger.overrideLogger(false));

    it('tells a change once, with its text free of secrets', async () => {
      let broken = true;
      const { health, ran } = withCheck(
        async () => {
          if (broken) throw new Error('cannot connect to mysql://root:s3cr3t@db:3306/shop');
        },
        { interval: '1ms' },
      );
      health.start();
      await until(() => ran() > 4);
      broken = false;
      await until(() => health.checks[0]?.state === 'up');
      expect(records).toEqual([
        {
          level: 'error',
          message: {
            msg: 'health check it is down: cannot connect to mysql://root:[REDACTED]@db:3306/shop',
            check: 'it',
            critical: true,
            reason: 'failed',
          },
        },
        { level: 'log', message: { msg: 'health check it is up', check: 'it', critical: true } },
      ]);
    });

    it('warns of a check that is not critical', async () => {
      const { health } = withCheck(following('-'), { critical: false });
      health.start();
      await health.firstResults();
      expect(records.map(({ level }) => level)).toEqual(['warn']);
    });
  });
});
