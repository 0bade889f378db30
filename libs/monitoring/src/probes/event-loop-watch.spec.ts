import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EventLoopWatch } from './event-loop-watch.js';

const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

beforeAll(() => Logger.overrideLogger(false));

describe('EventLoopWatch', () => {
  it('tells a block beyond the limit, and recovers with the next beat', async () => {
    const watch = new EventLoopWatch(15, 2);
    watch.start();
    await sleep(4);
    block(25);
    expect(watch.stalled).toBe(true);
    while (watch.stalled) await sleep(1);
    watch.stop();
  });

  it('does not mind a block within the limit', async () => {
    const watch = new EventLoopWatch(1000, 2);
    watch.start();
    block(20);
    expect(watch.stalled).toBe(false);
    await sleep(3);
    expect(watch.stalled).toBe(false);
    watch.stop();
  });

  it('tells nothing before its start and after its stop', async () => {
    const watch = new EventLoopWatch(1, 1);
    block(5);
    expect(watch.stalled).toBe(false);
    watch.start();
    watch.stop();
    block(5);
    expect(watch.stalled).toBe(false);
  });
});
