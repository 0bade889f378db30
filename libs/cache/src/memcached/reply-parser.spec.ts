import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolViolation, type Reply, ReplyParser } from './reply-parser.js';

function parse(stream: Buffer, cuts: readonly number[]): Reply[] {
  const replies: Reply[] = [];
  const parser = new ReplyParser((reply) => replies.push(reply));
  let from = 0;
  for (const to of [...cuts, stream.length]) {
    if (to > from) parser.push(stream.subarray(from, to));
    from = Math.max(from, to);
  }
  return replies;
}

const everyByte = (stream: Buffer) =>
  parse(
    stream,
    Array.from(stream, (_, index) => index),
  );
const value = (key: string, data: Buffer, flags = 4) =>
  Buffer.concat([Buffer.from(`VALUE ${key} ${flags} ${data.length}\r\n`), data, Buffer.from('\r\n')]);

describe('ReplyParser', () => {
  it.each(['', 'END', 'END\r\n', '\r\nEND\r\n', 'VALUE k 0 2\r\nxx\r\nEND\r\n', 'ERROR\r\n', '\n', '\r', 'STORED'])(
    'takes a value by its length, not by its content: %j',
    (content) => {
      const data = Buffer.from(content);
      const stream = Buffer.concat([value('k', data), Buffer.from('END\r\n')]);
      const replies = [{ key: 'k', flags: 4, data }, 'END'];
      expect(parse(stream, [])).toEqual(replies);
      expect(everyByte(stream)).toEqual(replies);
    },
  );

  it('cuts any stream into the same replies, however it arrives', () => {
    const reply = fc.oneof(
      fc.constantFrom('END', 'STORED', 'NOT_FOUND', 'VERSION 1.6', '12'),
      fc.record({
        key: fc.stringMatching(/^[!-~]{1,20}$/),
        flags: fc.nat(65_535),
        data: fc.uint8Array().map((array) => Buffer.from(array)),
      }),
    );
    fc.assert(
      fc.property(fc.array(reply), fc.array(fc.nat(400)), (replies, cuts) => {
        const stream = Buffer.concat(
          replies.map((one) =>
            typeof one === 'string' ? Buffer.from(`${one}\r\n`) : value(one.key, one.data, one.flags),
          ),
        );
        expect(
          parse(
            stream,
            cuts.toSorted((a, b) => a - b),
          ),
        ).toEqual(replies);
      }),
    );
  });

  it('hands out bytes of their own', () => {
    const stream = value('k', Buffer.from('abc'));
    const [reply] = parse(stream, []);
    stream.fill(0);
    expect(reply).toMatchObject({ data: Buffer.from('abc') });
  });

  it('puts a large value together from many pieces', () => {
    const data = Buffer.alloc(500_000, 'x\r\n');
    const cuts = Array.from({ length: 500 }, (_, index) => index * 1000);
    expect(parse(value('k', data), cuts)).toEqual([{ key: 'k', flags: 4, data }]);
  });

  it('knows the value of a cas reply', () => {
    expect(parse(Buffer.from('VALUE k 0 1 77\r\nx\r\n'), [])).toEqual([
      { key: 'k', flags: 0, unique: '77', data: Buffer.from('x') },
    ]);
  });

  it.each([
    ['a line that ends in LF only', 'END\n'],
    ['an empty line that ends in LF only', '\n'],
    ['a line without end', 'x'.repeat(3000)],
    ['a long line', `${'x'.repeat(3000)}\r\n`],
    ['a value without a length', 'VALUE k 0\r\n'],
    ['a negative length', 'VALUE k 0 -1\r\n'],
    ['a length beyond all measure', 'VALUE k 0 99999999\r\n'],
    ['a length with letters', 'VALUE k 0 1e3\r\n'],
    ['no key', 'VALUE  0 1\r\nx\r\n'],
    ['a key with a control character', 'VALUE k\u0001 0 1\r\nx\r\n'],
    ['a value longer than announced', 'VALUE k 0 1\r\nxyz\r\n'],
    ['a value shorter than announced', 'VALUE k 0 5\r\nx\r\nEND\r\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\n'],
  ])('refuses %s', (_, stream) => {
    expect(() => parse(Buffer.from(stream), [])).toThrow(ProtocolViolation);
    expect(() => everyByte(Buffer.from(stream))).toThrow(ProtocolViolation);
  });
});
