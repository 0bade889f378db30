import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { ask } from './raw-http.js';
import { Serving, works } from './serving.js';

beforeAll(() => Logger.overrideLogger(false));

const PROBES = 500;
const TIMEOUT_MS = 200;
/** What the promise allows besides the deadline of the check. */
const SLACK_MS = 100;
/** A machine that is busy with something else for a moment breaks no promise; one that is kept is kept in some round. */
const ROUNDS = 5;

const probe = (serving: Serving) =>
  Promise.all(Array.from({ length: PROBES }, () => ask(serving.port, '/readyz?verbose')));
const slowest = (answers: readonly { tookMs: number }[]): number => Math.max(...answers.map(({ tookMs }) => tookMs));

/** A check that hangs and ignores its signal, and how many of its runs were begun. */
function hanging() {
  const state = { runs: 0 };
  const check = (): Promise<never> => {
    state.runs++;
    return new Promise(() => undefined);
  };
  return { state, check };
}

describe('500 probes at once', () => {
  it('are all answered while a check hangs from the very first probe on, with one outstanding run', async () => {
    await using serving = await Serving.start();
    const { state, check } = hanging();
    serving.add({ name: 'hangs', timeout: TIMEOUT_MS }, check).add({ name: 'works' }, works);
    serving.health.start();
    const answers = await probe(serving);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: PROBES }, () => 503));
    expect(answers.every(({ body }) => body.includes('[+]works ok\n'))).toBe(true);
    // Some turns later there is still the one run.
    await sleep(5 * TIMEOUT_MS);
    expect(state.runs).toBe(1);
    expect((await ask(serving.port, '/healthz')).body).toContain('[-]hangs failed: timeout\n');
  }, 20_000);

  it(`wait ${SLACK_MS} ms beyond the deadline of that check at most, besides what as many probes take anyway`, async () => {
    const over: number[] = [];
    for (let round = 0; round < ROUNDS && !over.some((ms) => ms <= SLACK_MS); round++) {
      await using idle = await Serving.start();
      const anywayMs = slowest(await probe(idle));
      await using serving = await Serving.start();
      serving.add({ name: 'hangs', timeout: TIMEOUT_MS }, hanging().check);
      serving.health.start();
      over.push(slowest(await probe(serving)) - TIMEOUT_MS - anywayMs);
    }
    expect(Math.min(...over)).toBeLessThanOrEqual(SLACK_MS);
  }, 30_000);

  it('answers the first probe after one deadline, not two', async () => {
    await using serving = await Serving.start();
    const slow = (signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const timeout = 1000;
    serving.add({ name: 'slow', timeout }, slow);
    serving.health.start();
    const { status, tookMs } = await ask(serving.port, '/readyz');
    expect(status).toBe(503);
    // The repetition takes another second; the bound lies between the two.
    expect(tookMs).toBeLessThan(timeout + 800);
  }, 20_000);

  it('run no check: results are read', async () => {
    await using serving = await Serving.start();
    let runs = 0;
    serving.add({ name: 'counted', interval: '1h' }, async () => void runs++);
    serving.health.start();
    await Promise.all(Array.from({ length: PROBES }, () => ask(serving.port, '/healthz')));
    expect(runs).toBe(1);
  }, 20_000);
});

describe('50 scrapes at once', () => {
  it('share one collection', async () => {
    await using serving = await Serving.start();
    let collections = 0;
    serving.metrics.gauge('slow', 'Takes a while.', [], async (gauge) => {
      collections++;
      await sleep(300);
      gauge.set(1);
    });
    const scrapes = await Promise.all(Array.from({ length: 50 }, () => ask(serving.port, '/metrics')));
    expect(scrapes.every(({ status, body }) => status === 200 && body.includes('\nslow 1\n'))).toBe(true);
    expect(collections).toBeLessThan(10);
  }, 20_000);

  it("are answered when a collector of the user's throws", async () => {
    await using serving = await Serving.start();
    const collect = (): never => {
      throw new Error('no');
    };
    register.registerMetric(new Gauge({ name: 'users_bad', help: 'Throws.', registers: [], collect }));
    new Gauge({ name: 'users_good', help: 'Works.' }).set(7);
    const scrapes = await Promise.all(Array.from({ length: 50 }, () => ask(serving.port, '/metrics')));
    register.clear();
    expect(scrapes.every(({ status, body }) => status === 200 && body.includes('\nusers_good 7\n'))).toBe(true);
    expect(scrapes[0]?.body).not.toContain('users_bad ');
  });
});
