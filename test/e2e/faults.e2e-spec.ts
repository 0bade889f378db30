import { describe, expect, it } from '@jest/globals';
import { startTroubled } from './troubled-service.js';

/** Every part that had started, as it is stopped. */
const STOPPED = ['- gateway', '- mails', '- orders', '- hook', '- pool', '- second', '- first'];
const stops = (told: string[]): string[] => told.filter((line) => line.startsWith('- '));

describe('what escapes a service', () => {
  const values = ['error', 'text', 'null', 'undefined', 'hostile'];
  const troubles = values.flatMap((value) => [`throw-${value}`, `reject-${value}`]);

  const atOnce = ['throw-error', 'reject-error', 'throw-text', 'reject-null', 'reject-text,throw-null,reject-error'];

  it.each([...troubles, ...atOnce.map((does) => `${does},a-thousand`)])(
    'is told in one fatal record, stops the service in order and ends it with 1: %s',
    async (does) => {
      const service = startTroubled([does]);

      expect(await service.process.exited).toEqual({ code: 1, signal: null });
      expect(service.messages('fatal')).toEqual([expect.stringMatching(/^A fatal error: /)]);
      expect(service.messages('error')).toEqual([]);
      expect(stops(service.told())).toEqual(STOPPED);
      expect(service.process.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 1 });
    },
  );

  it('ends with 1 also when it escapes during the stop', async () => {
    const service = startTroubled(['blow-end-orders']);
    await service.process.waitForLog('ready');
    service.process.signal('SIGTERM');

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual(['A fatal error: orders blew up']);
    expect(stops(service.told())).toEqual(STOPPED);
  });

  it.each(['orders', 'consumer', 'gateway', 'first', 'hook', 'pool'])(
    'ends with 1 when %s cannot be stopped',
    async (part) => {
      const service = startTroubled(['consume', `fail-end-${part}`]);
      await service.process.waitForLog('ready');
      service.process.signal('SIGTERM');

      expect(await service.process.exited).toEqual({ code: 1, signal: null });
      expect(service.messages('error')).toEqual([expect.stringContaining(`${part} cannot end`)]);
      expect(stops(service.told()).toSorted()).toEqual([...STOPPED, '- consumer'].toSorted());
    },
  );
});

describe('what goes wrong on top of a fatal error', () => {
  it.each([
    ['a listener of the launcher throws', 'listener-throws'],
    ['another service cannot be stopped', 'fail-end-orders'],
    ['a service blows up while it is being stopped', 'blow-end-orders'],
  ])('changes neither the one fatal record nor the order nor the 1: %s', async (_, does) => {
    const service = startTroubled(['throw-error', does]);

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual(['A fatal error: escaped']);
    expect(stops(service.told())).toEqual(STOPPED);
    expect(service.process.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 1 });
  });

  it('is told with it, when a listener for unhandled rejections throws', async () => {
    const service = startTroubled(['reject-error', 'unhandledRejection-throws']);

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual(['A fatal error: a listener failed']);
    expect(stops(service.told())).toEqual(STOPPED);
  });

  it('ends in order with 1 also when no record can be written any more', async () => {
    const service = startTroubled(['throw-error', 'log-throws']);

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual([]);
    expect(stops(service.told())).toEqual(STOPPED);
  });

  it('cannot keep the process alive, when a listener of its exit throws', async () => {
    const service = startTroubled(['throw-error', 'exit-throws'], { SHUTDOWN_TIMEOUT: '2s' });

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual(['A fatal error: escaped']);
    expect(stops(service.told())).toEqual(STOPPED);
  });

  it('ends the process on the spot, by node and with its 7, when another listener for fatal errors throws', async () => {
    const service = startTroubled(['throw-error', 'uncaughtException-throws']);

    expect(await service.process.exited).toEqual({ code: 7, signal: null });
    expect(service.messages('fatal')).toEqual(['A fatal error: escaped']);
  });
});

describe('a service of the application', () => {
  it.each(['crash', 'crash-twice'])(
    'that crashes is told once as fatal and ends the process with 1: %s',
    async (crash) => {
      const service = startTroubled([crash]);

      expect(await service.process.exited).toEqual({ code: 1, signal: null });
      expect(service.messages('fatal')).toEqual(['A service crashed: Service `Poller` crashed: the queue is gone']);
      expect(stops(service.told())).toEqual(STOPPED);
    },
  );

  it('that cannot start aborts the others, and what had started is stopped in reverse', async () => {
    const slow = startTroubled(['fail-mails'], { SLOW: '150' });
    expect(await slow.process.exited).toEqual({ code: 1, signal: null });
    expect(slow.told()).toContain('> orders');
    expect(slow.told()).not.toContain('+ orders');
    expect(stops(slow.told())).toEqual(['- gateway', '- hook', '- pool', '- second', '- first']);

    const quick = startTroubled(['fail-mails', 'consume']);
    expect(await quick.process.exited).toEqual({ code: 1, signal: null });
    expect(stops(quick.told()).slice(0, 3)).toEqual(['- gateway', '- consumer', '- orders']);
    for (const service of [slow, quick]) {
      expect(service.messages('fatal')).toEqual([
        'The start failed: Service `Mails` failed to start: mails cannot start',
      ]);
      expect(service.messages('info')).not.toContain('ready');
    }
  });

  it('that fails to start after another one is not the one that is told as fatal', async () => {
    const service = startTroubled(['fail-mails', 'fail-orders']);

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.messages('fatal')).toEqual([
      'The start failed: Service `Mails` failed to start: mails cannot start',
    ]);
    expect(stops(service.told())).toEqual(['- gateway', '- hook', '- pool', '- second', '- first']);
  });
});
