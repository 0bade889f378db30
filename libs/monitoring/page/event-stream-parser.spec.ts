import { describe, expect, it } from '@jest/globals';
import { EventStreamParser } from './event-stream-parser.js';

describe(EventStreamParser, () => {
  it('gives each message once it is complete, however it is cut', () => {
    const stream = 'data: {"a":1}\n\n: beat\n\nevent: x\ndata:{"b":"ü"}\r\n\r\ndata: first\ndata: second\n\n';
    for (const size of [1, 2, 5, stream.length]) {
      const parser = new EventStreamParser();
      const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(pieces.flatMap((piece) => parser.feed(piece))).toEqual(['{"a":1}', '{"b":"ü"}', 'first\nsecond']);
    }
  });

  it('keeps a message back that has not ended', () => {
    const parser = new EventStreamParser();
    expect(parser.feed('data: half')).toEqual([]);
    expect(parser.feed(' of it\n')).toEqual([]);
    expect(parser.feed('\n')).toEqual(['half of it']);
  });
});
