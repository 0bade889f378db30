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
