import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { startTroubled } from './troubled-service.js';

/** The moments spread from the making of the process to just after it is ready. */
const MOMENTS = 50;
const AT_ONCE = 4;
const BUDGET_MS = 5000;
/** What each part takes to start. */
const SLOW_MS = 60;
const ENV = { SLOW: `${SLOW_MS}`, SHUTDOWN_TIMEOUT: `${BUDGET_MS}ms` };
const LONG = 120_000;
/** In the order of the start. */
const PARTS = ['pool', 'first', 'second', 'hook', 'orders', 'mails'];
/** A factory of a provider and an onModuleInit. */
const DEAF = new Set(['pool', 'hook']);

interface Outcome {
  /** The part that was being started. */
  during: string | undefined;
  /** Whether the service handled signals yet when this one came. */
  handled: boolean;
  /** What is wrong with how it ended, each as one line. */
  wrong: string[];
}

/** What a delay begins with: the process, its handling of signals, or the start of a part. */
type Beginning = 'spawn' | 'handlers' | `> ${string}`;

/** Starts the service and sends SIGTERM after a delay. */
async function interrupt(adapter: string, delayMs: number, from: Beginning): Promise<Outcome> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const ports = { PORT: String(port), METRICS_PORT: String(metricsPort) };
  const service = startTroubled([], { ...ENV, ...ports, HTTP_ADAPTER: adapter });
  if (from !== 'spawn') await service.until(from);
  await sleep(delayMs);
  const began = performance.now();
  service.process.signal('SIGTERM');
  const { code, signal } = await service.process.exited;
  const tookMs = performance.now() - began;
  const told = service.told();
  const handled = told.includes('handlers');
  const wrong: string[] = [];
  const check = (holds: boolean, what: string): void => void (holds || wrong.push(what));

  check(tookMs < BUDGET_MS, `it took ${tookMs} ms`);
  if (handled) check(code === 0, `it ended with ${signal ?? code}`);
  // Node's own default: no program can do anything before its first line runs.
  else check(signal === 'SIGTERM', `it ended with ${signal ?? code} before it handled signals`);
  for (const tcp of [port, metricsPort]) check(await refuses(tcp), `port ${tcp} still listens`);

  const count = (line: string): number => told.filter((one) => one === line).length;
  for (const part of handled ? PARTS : []) {
    // Nest destroys what it has made, whether its onModuleInit was called or not.
    const most = part === 'hook' ? 1 : count(`+ ${part}`);
    const stops = count(`- ${part}`);
    check(stops >= count(`+ ${part}`) && stops <= most, `${part} is stopped ${stops} times`);
    // What takes no signal is waited for, so that what it opens is released.
    if (DEAF.has(part)) check(count(`> ${part}`) === count(`+ ${part}`), `${part} is left behind`);
  }
  const afterwards = handled ? told.slice(told.indexOf('SIGTERM') + 1) : [];
  for (const line of afterwards) check(!line.startsWith('> '), `\`${line}\` after the signal`);
  for (const level of ['error', 'fatal']) wrong.push(...service.messages(level));
  const before = new Set(told.slice(0, told.length - afterwards.length));
  const during = PARTS.find((part) => before.has(`> ${part}`) && !before.has(`+ ${part}`));
  const when = `${from} + ${Math.round(delayMs)} ms`;
  return { during, handled, wrong: wrong.map((what) => `${when}: ${what}: ${told.join(', ')}`) };
}

async function refuses(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/livez`).then(
    () => false,
    () => true,
  );
}

describe.each(['fastify', 'express'])('a start on %s that SIGTERM interrupts', (adapter) => {
  /** Milliseconds from the making of the process to its handling of signals, and from there to ready. */
  const measured = { handlersMs: 0, readyMs: 0 };

  beforeAll(async () => {
    const began = performance.now();
    const service = startTroubled([], { ...ENV, HTTP_ADAPTER: adapter });
    await service.until('handlers');
    measured.handlersMs = performance.now() - began;
    await service.process.waitForLog('ready');
    measured.readyMs = performance.now() - began - measured.handlersMs;
    service.process.signal('SIGTERM');
    await service.process.exited;
  });

  it(
    'rolls back within the budget, with 0, whatever the moment',
    async () => {
      const early = Math.round(MOMENTS / 5);
      const spread = (from: Beginning, count: number, overMs: number) =>
        Array.from({ length: count }, (_, at) => ({ from, delayMs: (overMs * at) / count }));
      // Measured times alone would leave parts out where the machine is busy.
      const moments = [
        ...spread('spawn', early, measured.handlersMs),
        ...spread('handlers', early, measured.readyMs * 1.2),
        ...PARTS.flatMap((part) => spread(`> ${part}`, (MOMENTS - 2 * early) / PARTS.length, SLOW_MS)),
      ];
      const outcomes: Outcome[] = [];
      const next = async (): Promise<void> => {
        for (let moment = moments.shift(); moment; moment = moments.shift()) {
          outcomes.push(await interrupt(adapter, moment.delayMs, moment.from));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));

      expect(outcomes.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(outcomes).toHaveLength(MOMENTS);
      expect(outcomes.filter(({ handled }) => handled).length).toBeGreaterThanOrEqual(MOMENTS - early);
      const interrupted = new Set(outcomes.map(({ during }) => during));
      expect(PARTS.filter((part) => interrupted.has(part)).length).toBeGreaterThanOrEqual(PARTS.length - 1);
    },
    LONG,
  );
});
