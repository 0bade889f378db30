import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { runNode } from '../support/run-node.js';
import { noPid1 as reason, pidOutside, runAsPid1 } from './pid-1.js';
import { asTroubled, type TroubledService, TROUBLED } from './troubled-service.js';
import { users } from './users-service.js';

const MOMENTS = 10;
/** A dozen processes one after the other, on a busy machine. */
const LONG = 120_000;
const SIGNALS = ['--import', '@eggybyte/core/signals'];
/** Tells when what came before it is loaded. */
const TELL = ['--import', 'data:text/javascript,import{writeSync}from"node:fs";writeSync(2,"early\\n")'];
const ENV = users({ SHUTDOWN_TIMEOUT: '5s' });

const startEarly = (): TroubledService => asTroubled(runNode(TROUBLED, { execArgv: [...SIGNALS, ...TELL], env: ENV }));

/** Milliseconds from the moment when signals are taken to the moment when bootstrap() takes them. */
async function loadingTime(): Promise<number> {
  const service = startEarly();
  await service.until('early');
  const began = performance.now();
  await service.until('handlers');
  return performance.now() - began;
}

describe('a signal while modules are loaded', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends the process with 0, whatever the moment: %s',
    async (signal) => {
      const overMs = await loadingTime();
      const outcomes = [];
      let whileLoading = 0;
      for (let moment = 0; moment < MOMENTS; moment++) {
        const service = startEarly();
        await service.until('early');
        await sleep((overMs * moment) / MOMENTS);
        service.process.signal(signal);
        outcomes.push(await service.process.exited);
        const told = service.told();
        // On a busy machine the measured time may be over sooner: then it was ready before it heard the signal.
        if (told.includes('ready')) expect(told.indexOf('ready')).toBeLessThan(told.indexOf(signal));
        else whileLoading++;
      }
      expect(whileLoading).toBeGreaterThan(0);
      expect(outcomes).toEqual(Array.from({ length: MOMENTS }, () => ({ code: 0, signal: null })));
    },
    LONG,
  );
});

(reason ? describe.skip : describe)(`PID 1${reason ? `, left out: ${reason}` : ''}`, () => {
  it('does not lose a signal while modules are loaded', async () => {
    const program = runAsPid1([...SIGNALS, ...TELL, TROUBLED], ENV);
    const service = asTroubled(program);
    await service.until('early');
    process.kill(await pidOutside(program), 'SIGTERM');

    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(service.told()).not.toContain('ready');
  });
});
