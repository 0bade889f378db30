import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { noPid1 as reason, pidOutside, runAsPid1 } from './pid-1.js';
import { asTroubled, startTroubled, TROUBLED } from './troubled-service.js';
import { users } from './users-service.js';

describe('a signal', () => {
  it('SIGINT alone stops cleanly', async () => {
    const service = startTroubled();
    await service.process.waitForLog('ready');
    service.process.signal('SIGINT');

    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    expect(service.process.logs.at(-1)).toMatchObject({ msg: 'stopped', code: 0, reason: 'SIGINT' });
  });

  it('SIGTERM again is ignored and told', async () => {
    const service = startTroubled(['hang-end-orders'], { SHUTDOWN_TIMEOUT: '2s' });
    await service.process.waitForLog('ready');
    service.process.signal('SIGTERM');
    await service.until('- orders');
    service.process.signal('SIGTERM');

    await service.process.waitForLog({ msg: 'ignored, the application is stopping already', signal: 'SIGTERM' });
    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(service.told().filter((line) => line === '- orders')).toHaveLength(1);
    expect(service.told()).toContain('- first');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('SIGINT after %s leaves at once with 130', async (first) => {
    const service = startTroubled(['hang-end-orders'], { SHUTDOWN_TIMEOUT: '20s' });
    await service.process.waitForLog('ready');
    service.process.signal(first);
    await service.until('- orders');
    const began = performance.now();
    service.process.signal('SIGINT');

    expect(await service.process.exited).toEqual({ code: 130, signal: null });
    // Far below the time that the stop would have.
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it.each(['SIGHUP', 'SIGUSR2', 'SIGQUIT'] as const)('%s is not taken as a stop', async (signal) => {
    const service = startTroubled();
    await service.process.waitForLog('ready');
    service.process.signal(signal);

    expect(await service.process.exited).toEqual({ code: null, signal });
    expect(service.process.logs.at(-1)).toMatchObject({ msg: 'ready' });
  });

  it('SIGPIPE is ignored', async () => {
    const service = startTroubled();
    const { url } = await service.process.waitForLog('ready');
    service.process.signal('SIGPIPE');

    expect((await fetch(`${String(url)}/nothing`)).status).toBe(404);
    service.process.signal('SIGTERM');
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a consumer', () => {
  it('takes no new job after SIGTERM and finishes the one at hand', async () => {
    const service = startTroubled(['consume']);
    await service.until('+ job 3');
    await service.process.waitForLog('ready');
    service.process.signal('SIGTERM');

    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    const told = service.told();
    const after = told.slice(told.indexOf('SIGTERM'));
    const begun = told.filter((line) => line.startsWith('> job')).map((line) => line.slice(2));
    const done = told.filter((line) => line.startsWith('+ job')).map((line) => line.slice(2));
    expect(done).toEqual(begun);
    expect(after.filter((line) => line.startsWith('> job'))).toEqual([]);
    expect(after.indexOf('- consumer')).toBeGreaterThan(after.indexOf(`+ ${done.at(-1)}`));
  });
});

(reason ? describe.skip : describe)(`PID 1${reason ? `, left out: ${reason}` : ''}`, () => {
  it.each<[string, string[], NodeJS.Signals[], number]>([
    ['a clean stop', [], ['SIGTERM'], 0],
    ['a service that cannot be stopped', ['fail-end-orders'], ['SIGTERM'], 1],
    ['a second SIGINT', ['hang-end-orders'], ['SIGTERM', 'SIGINT'], 130],
    ['a fatal error', ['throw-error'], [], 1],
  ])('ends as any process does after %s', async (_, does, signals, code) => {
    const env = users({ DO: does.join(',') });
    const program = runAsPid1([TROUBLED], env);
    const service = asTroubled(program);
    await service.until('ready');
    if (signals.length > 0) {
      const child = await pidOutside(program);
      expect(await readFile(`/proc/${child}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m);
      for (const signal of signals) {
        process.kill(child, signal);
        if (signals.length > 1) await service.until('- orders');
      }
    }

    expect(await program.exited).toEqual({ code, signal: null });
    if (code < 130) {
      expect(service.told()).toContain('- first');
      expect(program.logs.at(-1)).toMatchObject({ msg: 'stopped', code });
    }
  });
});
