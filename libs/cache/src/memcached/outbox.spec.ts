import { describe, expect, it } from '@jest/globals';
import { RecordOutbox, StreamOutbox } from './outbox.js';

const value = Buffer.from('value');

describe(StreamOutbox, () => {
  it('joins texts that are neighbours and leaves many bytes as they are', () => {
    const outbox = new StreamOutbox();
    const large = Buffer.alloc(5000, 'x');
    outbox.add(['get a\r\n']);
    outbox.add(['set b 0 0 5000\r\n', large, '\r\n']);
    outbox.add(['get c\r\n']);
    expect(outbox.bytes).toBe(7 + 16 + 5000 + 2 + 7);
    expect(outbox.take()).toEqual(['get a\r\nset b 0 0 5000\r\n', large, '\r\nget c\r\n']);
    expect([outbox.bytes, outbox.take()]).toEqual([0, []]);
  });

  it('joins a few bytes with the texts around, whatever they are', () => {
    const outbox = new StreamOutbox();
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    outbox.add(['set a 0 0 256\r\n', all, '\r\n']);
    expect(outbox.bytes).toBe(15 + 256 + 2);
    const [text, ...rest] = outbox.take();
    expect(rest).toEqual([]);
    expect(Buffer.from(String(text), 'latin1')).toEqual(
      Buffer.concat([Buffer.from('set a 0 0 256\r\n'), all, Buffer.from('\r\n')]),
    );
  });
});

describe(RecordOutbox, () => {
  it('joins what fits into one record', () => {
    const outbox = new RecordOutbox();
    outbox.add(['get a\r\n']);
    outbox.add(['set b 0 0 5\r\n', value, '\r\n']);
    expect(outbox.bytes).toBe(27);
    expect(outbox.take().map(String)).toEqual(['get a\r\nset b 0 0 5\r\nvalue\r\n']);
    expect([outbox.bytes, outbox.take()]).toEqual([0, []]);
    outbox.add(['get c\r\n']);
    outbox.add(['get d\r\n']);
    expect(outbox.take()).toEqual(['get c\r\nget d\r\n']);
  });

  it('begins another record with a request that does not fit, and after one that fills several', () => {
    const outbox = new RecordOutbox();
    const sizes = [10_000, 6384, 1, 16_384, 50_000, 3, 4];
    for (const size of sizes) outbox.add([Buffer.alloc(size)]);
    expect(outbox.take().map(({ length }) => length)).toEqual([16_384, 1, 16_384, 50_000, 7]);
  });
});
