import { describe, expect, it } from '@jest/globals';
import { LineOperation, ReadOperation, ServerRefusal } from './operation.js';
import { ProtocolViolation } from './reply-parser.js';

const stored = (key: string) => ({ key, flags: 4, data: Buffer.from(key) });

describe('ReadOperation', () => {
  it('collects the values that came, up to END', async () => {
    const read = new ReadOperation(['a', 'b', 'c']);
    expect(read.request).toEqual(['get a b c\r\n']);
    expect([read.take(stored('a')), read.take(stored('c')), read.take('END')]).toEqual([false, false, true]);
    expect([...(await read.answer).keys()]).toEqual(['a', 'c']);
  });

  it('refuses the value of a key that it did not ask for', () => {
    expect(() => new ReadOperation(['a']).take(stored('b'))).toThrow(ProtocolViolation);
  });

  it('refuses a key twice and out of order', () => {
    const read = new ReadOperation(['a', 'b']);
    read.take(stored('b'));
    expect(() => read.take(stored('a'))).toThrow(ProtocolViolation);
    expect(() => read.take(stored('b'))).toThrow(ProtocolViolation);
  });

  it.each(['STORED', '', 'ERROR', 'CLIENT_ERROR bad', 'SERVER_ERRORS', 'constructor'])(
    'refuses the line %j',
    (line) => {
      expect(() => new ReadOperation(['a']).take(line)).toThrow(ProtocolViolation);
    },
  );

  it('takes an error of the server as its end', () => {
    expect(() => new ReadOperation(['a']).take('SERVER_ERROR out of memory')).toThrow(ServerRefusal);
  });
});

describe('reads that share a line', () => {
  const keysOf = async ({ answer }: ReadOperation) => [...(await answer).keys()];

  it('get what came for their own keys, and nothing of each other', async () => {
    const reads = [['a'], ['b', 'c'], ['d'], ['e'], ['f']].map((keys) => new ReadOperation(keys));
    const [first, ...others] = reads as [ReadOperation, ...ReadOperation[]];
    expect(others.map((other) => first.join(other))).toEqual([true, true, true, true]);
    expect([first.request, first.callers]).toEqual([['get a b c d e f\r\n'], 5]);
    for (const key of ['b', 'd', 'f']) expect(first.take(stored(key))).toBe(false);
    expect(first.take('END')).toBe(true);
    expect(await Promise.all(reads.map(keysOf))).toEqual([[], ['b'], ['d'], [], ['f']]);
  });

  it('are answered as soon as a later one is, and what fails then is only the rest', async () => {
    const [first, second, third] = [['a'], ['b'], ['c']].map((keys) => new ReadOperation(keys)) as [
      ReadOperation,
      ReadOperation,
      ReadOperation,
    ];
    first.join(second);
    first.join(third);
    first.take(stored('a'));
    first.take(stored('b'));
    first.fail(new Error('lost'));
    expect(await keysOf(first)).toEqual(['a']);
    await expect(second.answer).rejects.toThrow('lost');
    await expect(third.answer).rejects.toThrow('lost');
  });

  it('refuse a value that none of them asked for, or out of order, and answer nobody because of it', async () => {
    const [first, second] = [new ReadOperation(['a']), new ReadOperation(['b'])];
    first.join(second);
    expect(() => first.take(stored('x'))).toThrow(ProtocolViolation);
    first.take(stored('b'));
    expect(() => first.take(stored('a'))).toThrow(ProtocolViolation);
    expect(() => first.take(stored('b'))).toThrow(ProtocolViolation);
    first.fail(new Error('lost'));
    await expect(second.answer).rejects.toThrow('lost');
  });

  it.each([
    ['a key is asked for already', ['b', 'a'], 'get'],
    ['it is a gets', ['b'], 'gets'],
    ['it asks for many', 'bcdefghij'.split(''), 'get'],
  ] as const)('do not when %s', (_, keys, command) => {
    const first = new ReadOperation(['a']);
    expect(first.join(new ReadOperation(keys, command))).toBe(false);
    expect([first.request, first.callers]).toEqual([['get a\r\n'], 1]);
    expect(new ReadOperation(keys, command).join(first)).toBe(false);
  });
});

describe('the line of several reads', () => {
  it('stays short', () => {
    const long = (start: string) =>
      new ReadOperation(Array.from({ length: 7 }, (_, n) => `${start}${n}`.padEnd(240, 'x')));
    const first = long('a');
    expect([first.join(long('b')), first.join(new ReadOperation(['c'])), first.callers]).toEqual([false, true, 2]);
  });
});

describe('LineOperation', () => {
  const version = () => new LineOperation(['version\r\n'], (line) => (line === 'VERSION 1' ? 1 : undefined));

  it('resolves to what its line means', async () => {
    const operation = version();
    expect(operation.take('VERSION 1')).toBe(true);
    expect(await operation.answer).toBe(1);
  });

  it('refuses lines of other commands, and values', () => {
    expect(() => version().take('END')).toThrow(ProtocolViolation);
    expect(() => version().take(stored('a'))).toThrow(ProtocolViolation);
  });

  it('does not repeat what the server said, which may be anybody’s data', () => {
    expect(() => version().take('hunter2')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
