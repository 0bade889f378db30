import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../support/run-node.js';
import { startTroubled, type TroubledService } from './troubled-service.js';

const BUDGET_MS = 2000;
/** What the end of a process may take on a busy machine. */
const MARGIN_MS = 1000;
const ENV = { SHUTDOWN_TIMEOUT: `${BUDGET_MS}ms` };

/** Sends SIGTERM and resolves to the milliseconds until the process was gone. */
async function stopped(service: TroubledService): Promise<number> {
  const began = performance.now();
  service.process.signal('SIGTERM');
  await service.process.exited;
  return performance.now() - began;
}

async function urlOf(service: TroubledService): Promise<string> {
  const ready: LogRecord = await service.process.waitForLog('ready');
  return String(ready['url']);
}

function answerOf(url: string): Promise<number | 'cut'> {
  return fetch(url).then(
    ({ status }) => status,
    () => 'cut' as const,
  );
}

describe('a stop', () => {
  it.each([
    ['hang-end-orders', /^Service `Orders` did not stop within \d+ ms\./],
    [
      'hang-end-hook',
      /^Closing the application did not finish within \d+ ms \(waiting on `Hook.onModuleDestroy\(\)`\)/,
    ],
    ['hang-end-pool', /^Closing the application did not finish within \d+ ms \(waiting on `Pool.onApplicationShutdown/],
    ['hang-end-gateway', /^Draining `Gateway` did not finish within/],
    ['hang-end-first', /^Initializer `First` did not close within/],
    ['hang-check', /^Health check `search` did not end within \d+ ms of its abort/],
  ])('ends within its budget, with 1 and the name of what hung: %s', async (trouble, culprit) => {
    const service = startTroubled([trouble], ENV);
    await urlOf(service);

    expect(await stopped(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('error')).toEqual([expect.stringMatching(culprit)]);
    // What hangs keeps nothing else from its end.
    for (const part of ['gateway', 'mails', 'orders', 'hook', 'second', 'first']) {
      expect(service.told().filter((line) => line === `- ${part}`)).toEqual([`- ${part}`]);
    }
  });
});

describe.each(['fastify', 'express'])('a stop on %s', (adapter) => {
  const env = { ...ENV, HTTP_ADAPTER: adapter };

  it('cuts a request that hangs, counts it and ends with 1', async () => {
    const service = startTroubled([], env);
    const answer = answerOf(`${await urlOf(service)}/hang`);
    await service.until('> request');

    expect(await stopped(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(await answer).toBe('cut');
    expect(service.messages('error')).toEqual([
      expect.stringMatching(
        /^1 request\(s\) were cut after \d+ ms of draining: GET \/hang \(\d+ ms, request_id [\w-]+\)\./,
      ),
    ]);
  });

  it('ends within its budget when everything hangs at once', async () => {
    const parts = ['gateway', 'consumer', 'mails', 'orders', 'hook', 'pool', 'second', 'first'];
    // Each step gets a share of the budget, which has to be enough on a busy machine.
    const budgetMs = 2 * BUDGET_MS;
    const troubles = ['consume', 'hang-check', ...parts.map((part) => `hang-end-${part}`)];
    const service = startTroubled(troubles, { ...env, SHUTDOWN_TIMEOUT: `${budgetMs}ms` });
    const answer = answerOf(`${await urlOf(service)}/hang`);
    await service.until('> request');

    expect(await stopped(service)).toBeLessThan(budgetMs + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(await answer).toBe('cut');
    const errors = service.messages('error').join('\n');
    for (const name of ['Gateway', 'Consumer', 'Mails', 'Orders', 'Hook', 'Second', 'First', 'search', 'GET /hang']) {
      expect(errors).toContain(name);
    }
  });
});

describe('a start that hangs', () => {
  it('ends with 1 at the timeout of the initializer that hangs, which it names', async () => {
    const service = startTroubled(['hang-second'], { ...ENV, INIT_TIMEOUT: '300ms' });

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual([
      expect.stringContaining('Initializer `Second` did not finish within 300 ms'),
    ]);
    expect(service.told()).toContain('- first');
    expect(service.told()).not.toContain('- second');
    expect(service.told()).not.toContain('> hook');
  });

  it.each([
    ['pool', /^The interrupted start did not finish within \d+ ms \(waiting on provider `Pool`\)/m],
    ['first', /^Interrupted initializer `First` did not finish/m],
    ['hook', /^The interrupted start did not finish within \d+ ms \(waiting on `Hook.onModuleInit\(\)`\)/m],
    ['orders', /^Service `Orders` did not stop/m],
  ])('ends within the budget after a SIGTERM while %s hangs, with 1', async (part, culprit) => {
    const service = startTroubled([`hang-${part}`], ENV);
    await service.until(`> ${part}`);

    expect(await stopped(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('error').join('\n')).toMatch(culprit);
    expect(service.messages('fatal')).toEqual([]);
  });

  it('leaves time to close what is open after a SIGTERM, though start and stop of a hook hang', async () => {
    const service = startTroubled(['hang-hook', 'hang-end-hook'], ENV);
    await service.until('> hook');

    expect(await stopped(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.told()).toEqual(expect.arrayContaining(['- hook', '- second', '- first']));
    expect(service.process.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 1 });
  });
});
