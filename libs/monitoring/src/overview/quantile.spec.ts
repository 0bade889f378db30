import { describe, expect, it } from '@jest/globals';
import { quantile } from './quantile.js';

const BOUNDS = [0.1, 0.5, 1];

describe('quantile', () => {
  it('interpolates within the bucket, as histogram_quantile does', () => {
    expect(quantile(BOUNDS, [10, 0, 0, 0], 0.5)).toBeCloseTo(0.05);
    expect(quantile(BOUNDS, [0, 10, 0, 0], 0.5)).toBeCloseTo(0.3);
    expect(quantile(BOUNDS, [90, 9, 1, 0], 0.99)).toBeCloseTo(0.5);
    expect(quantile(BOUNDS, [90, 9, 1, 0], 0.995)).toBeCloseTo(0.75);
  });

  it('is the highest bound for what is above all of them', () => {
    expect(quantile(BOUNDS, [1, 0, 0, 99], 0.9)).toBe(1);
  });

  it('is nothing of nothing', () => {
    expect(quantile(BOUNDS, [0, 0, 0, 0], 0.5)).toBeUndefined();
    expect(quantile(BOUNDS, [], 0.5)).toBeUndefined();
  });

  it('skips empty buckets', () => {
    expect(quantile(BOUNDS, [0, 0, 4, 0], 0)).toBeCloseTo(0.5);
    expect(quantile(BOUNDS, [0, 0, 4, 0], 1)).toBe(1);
  });
});
