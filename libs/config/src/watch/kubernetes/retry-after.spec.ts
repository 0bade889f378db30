import { describe, expect, it } from '@jest/globals';
import { backoff } from './backoff.js';
import { readRetryAfter } from './retry-after.js';

describe('readRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [undefined, undefined],
    ['0', 0],
    ['3', 3000],
    ['99999999999', 120_000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-1x', undefined],
  ])('reads %p as %p ms', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });
});

describe('backoff', () => {
  it.each([
    [0, 250],
    [1, 500],
    [6, 16_000],
    [7, 30_000],
    [5000, 30_000],
  ])('after %i failures waits for at most %i ms, and at least half of it', (failures, longest) => {
    for (let round = 0; round < 50; round += 1) {
      const ms = backoff(failures, { retryMinMs: 250, retryMaxMs: 30_000 });
      expect(ms).toBeLessThanOrEqual(longest);
      expect(ms).toBeGreaterThanOrEqual(longest / 2);
    }
  });
});
