import { describe, expect, it } from '@jest/globals';
import { drawLine, niceTop, type Point, withoutZeros } from './chart-line.js';

const scale = { from: 0, to: 90_000, top: 10 };
const points = (...values: (number | null)[]): Point[] => values.map((value, index) => ({ at: index * 5000, value }));

describe(drawLine, () => {
  it('draws one line where something was measured all the time', () => {
    expect(drawLine(points(0, 10, 5), scale)).toEqual({
      line: 'M0 100L50 0L100 50',
      area: 'M0 100L0 100L50 0L100 50L100 100Z',
    });
  });

  it('leaves a gap where nothing was measured, and makes a dot of a point that stands alone', () => {
    expect(drawLine(points(1, 1, null, 2), scale).line).toBe('M0 90L50 90M150 80h5');
  });

  it('leaves a gap where samples are missing', () => {
    const late = [...points(1, 1), { at: 60_000, value: 1 }, { at: 65_000, value: 1 }];
    expect(drawLine(late, scale).line).toBe('M0 90L50 90M600 90L650 90');
  });

  it('draws nothing of the time before the axis, and nothing above it', () => {
    expect(drawLine([{ at: -5000, value: 3 }, ...points(20, 10)], scale).line).toBe('M0 0L50 0');
  });
});

describe(niceTop, () => {
  it.each([
    [0, 1],
    [0.7, 0.8],
    [1, 1],
    [63, 80],
    [320, 400],
    [9001, 10_000],
  ])('has room for %d below %d', (highest, top) => expect(niceTop(highest)).toBeCloseTo(top, 10));
});

describe(withoutZeros, () => {
  it('keeps the feet of what rises and leaves out the ground', () => {
    const values = withoutZeros(points(0, 0, 3, 0, 0, null)).map(({ value }) => value);
    expect(values).toEqual([null, 0, 3, 0, null, null]);
  });
});
