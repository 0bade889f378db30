import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventLoopLag } from './event-loop-lag.js';

describe('EventLoopLag', () => {
  let lag: EventLoopLag | undefined;
  afterEach(() => lag?.stop());

  const block = (ms: number): void => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };

  it('is zero and not impossible before anything was seen', () => {
    lag = new EventLoopLag();
    expect(lag.read()).toEqual({ min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 });
  });

  it('tells every reader of a block, however many there are', async () => {
    lag = new EventLoopLag();
    await sleep(12);
    block(30);
    await sleep(1);
    const { min, mean, max } = lag.read();
    expect(max).toBeGreaterThan(0.025);
    expect(mean).toBeGreaterThanOrEqual(min);
    expect(lag.read().max).toBe(max);
  });

  it('tells of the last one to two minutes while it is read, and of all since the last reading otherwise', async () => {
    let nowMs = 0;
    lag = new EventLoopLag(() => nowMs);
    const seen: boolean[] = [];
    const readAt = (seconds: number): void => {
      nowMs = seconds * 1000;
      seen.push((lag?.read().max ?? 0) > 0.025);
    };
    await sleep(12);
    block(30);
    await sleep(1);
    for (const seconds of [600, 615, 659]) readAt(seconds);
    expect(seen).toEqual([true, true, true]);
    readAt(660);
    expect(seen.at(-1)).toBe(false);
  });
});
