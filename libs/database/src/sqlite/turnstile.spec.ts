import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { EmbeddedBusyError } from '../database.errors.js';
import { Turnstile } from './turnstile.js';

describe('Turnstile', () => {
  it('lets one in at a time, first come, first served', async () => {
    const turnstile = new Turnstile(1000);
    const events: string[] = [];
    const visit = async (name: string): Promise<void> => {
      const leave = await turnstile.enter();
      events.push(`${name} in`);
      await sleep(1);
      events.push(`${name} out`);
      leave();
    };
    await Promise.all(['a', 'b', 'c'].map(visit));

    expect(events).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('gives up after its time, and the place in the queue with it', async () => {
    const turnstile = new Turnstile(5);
    const leave = await turnstile.enter();
    const late = turnstile.enter();

    await expect(late).rejects.toBeInstanceOf(EmbeddedBusyError);
    await expect(late).rejects.toMatchObject({ code: 'EGGY_DATABASE_EMBEDDED_BUSY', status: 503 });
    leave();
    expect(await turnstile.enter()).toBeInstanceOf(Function);
  });

  it('lets nobody in twice when somebody leaves twice', async () => {
    const turnstile = new Turnstile(5);
    const first = await turnstile.enter();
    first();
    await turnstile.enter();
    first();

    await expect(turnstile.enter()).rejects.toBeInstanceOf(EmbeddedBusyError);
  });
});
