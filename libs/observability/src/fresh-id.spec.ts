import { describe, expect, it } from '@jest/globals';
import { freshId } from './fresh-id.js';

describe('a fresh id', () => {
  it('is a random UUID, and another one each time', () => {
    const ids = Array.from({ length: 1000 }, freshId);

    expect(ids.filter((id) => !/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toEqual(
      [],
    );
    expect(new Set(ids).size).toBe(1000);
  });
});
