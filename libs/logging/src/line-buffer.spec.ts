import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LineBuffer } from './line-buffer.js';

describe('LineBuffer', () => {
  it('holds whatever is added, in its order, also beyond what it usually holds', () => {
    const buffer = new LineBuffer();
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('🥚'.repeat(40_000), 'x'.repeat(200_000)));
    const line = text.map((any) => `${any}\n`);

    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        for (const each of lines) buffer.add(each);
        const expected = Buffer.from(lines.join(''));

        expect(buffer.length).toBe(expected.length);
        expect(buffer.bytes(false).equals(expected)).toBe(true);
        expect(buffer.bytes(true).equals(Buffer.concat([Buffer.from('\n'), expected]))).toBe(true);

        buffer.clear();

        expect(buffer.length).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
