import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ttlSeconds } from './ttl-seconds.js';

const NOW = 1_800_000_000;
const DAY = 86_400_000;

describe('ttlSeconds', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW * 1000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    [undefined, 0],
    [1, 1],
    [500, 1],
    [1000, 1],
    [1001, 2],
    [30 * DAY, 30 * 86_400],
    [30 * DAY + 1, NOW + 30 * 86_400 + 1],
    [31 * DAY, NOW + 31 * 86_400],
    [100 * 365 * DAY, 2 ** 31 - 1],
    [Number.MAX_SAFE_INTEGER, 2 ** 31 - 1],
  ])('%p ms is %p', (ms, seconds) => {
    expect(ttlSeconds(ms)).toBe(seconds);
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as never])('refuses %p', (ms) => {
    expect(() => ttlSeconds(ms)).toThrow(expect.objectContaining({ code: 'EGGY_ARGUMENT' }));
  });
});
