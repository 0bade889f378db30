import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FrameSplitter } from './frame-splitter.js';

const linesOf = (splitter: FrameSplitter, chunk: Uint8Array) =>
  [...splitter.push(chunk)].map((line) => Buffer.from(line).toString());

describe('FrameSplitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    const value = fc.record({ type: fc.string({ unit: 'binary' }), data: fc.jsonValue() });
    fc.assert(
      fc.property(fc.array(value), fc.array(fc.nat(40), { minLength: 1 }), (values, sizes) => {
        const frames = values.map((each) => JSON.stringify(each));
        const bytes = Buffer.from(frames.map((frame) => `${frame}\n`).join(''));
        const splitter = new FrameSplitter(1_000_000);
        const lines: string[] = [];
        for (let start = 0, at = 0; start < bytes.length; at += 1) {
          const size = (sizes[at % sizes.length] ?? 0) + 1;
          lines.push(...linesOf(splitter, bytes.subarray(start, start + size)));
          start += size;
        }
        expect(lines).toEqual(frames);
        expect(splitter.isInside).toBe(false);
      }),
    );
  });

  it('leaves empty lines out, and knows what has begun', () => {
    const splitter = new FrameSplitter(100);

    expect(linesOf(splitter, Buffer.from('\n\na\n\nb'))).toEqual(['a']);
    expect(splitter.isInside).toBe(true);
    expect(linesOf(splitter, Buffer.from('c\n'))).toEqual(['bc']);
    expect(splitter.isInside).toBe(false);
  });

  it('takes a line of just the longest length, and refuses a longer one before its end', () => {
    const splitter = new FrameSplitter(4);

    expect(linesOf(splitter, Buffer.from('1234\n12'))).toEqual(['1234']);
    expect(() => linesOf(splitter, Buffer.from('345'))).toThrow('an event is larger than 4 bytes');
  });
});
