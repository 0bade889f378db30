import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { editDistance } from './edit-distance.js';

const word = fc.stringMatching(/^[AB_]{0,6}$/);

describe(editDistance, () => {
  it.each([
    ['PORT', 'PORT', 0],
    ['PORT', 'PROT', 1],
    ['PORT', 'PRT', 1],
    ['PORT', 'PORTS', 1],
    ['PORT', 'FORT', 1],
    ['PORT', 'HOST', 2],
    ['', 'AB', 2],
    ['DATABASE_DSN', 'DATABSAE_DNS', 2],
    ['PORT', 'LOG_LEVEL', 3],
  ])('finds %j and %j %j apart, 3 standing for more than two', (a, b, distance) => {
    expect(editDistance(a, b, 2)).toBe(distance);
  });

  it('is the same both ways, and none only for equal words', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b, 6)).toBe(editDistance(b, a, 6));
        expect(editDistance(a, b, 6) === 0).toBe(a === b);
      }),
    );
  });

  it('finds one swap, whatever the word', () => {
    fc.assert(
      fc.property(word, fc.nat(), (text, at) => {
        const index = at % Math.max(text.length - 1, 1);
        const swapped = text.slice(0, index) + (text[index + 1] ?? '') + (text[index] ?? '') + text.slice(index + 2);
        expect(editDistance(text, swapped, 2)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
