/** One stored value as the server sent it. */
export interface StoredValue {
  key: string;
  flags: number;
  data: Buffer;
  /** What a later `cas` names this very value by, where `gets` asked for it. */
  unique: string | undefined;
}

/** A value, or a line without its line end. */
export type Reply = string | StoredValue;

/** What arrived is not the protocol: the stream is no longer in step and its connection has to go. */
export class ProtocolViolation extends Error {}

const CR = 13;
const LF = 10;
const LONGEST_LINE = 2048;
/** A guard against garbage, not a limit for values: a server may have been told to take more than we ever send. */
const LONGEST_VALUE = 64 * 1024 * 1024;
const VALUE = /^VALUE ([!-~]{1,250}) (\d{1,10}) (\d{1,8})(?: (\d{1,20}))?$/;

/**
 * Cuts memcached's text protocol into replies. A value is taken by its length, never by its content: what a user
 * stored can look like any reply and is still only bytes.
 */
export class ReplyParser {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Nothing can be complete before this many bytes are there: a large value is put together once. */
  #needed = 1;

  constructor(private readonly onReply: (reply: Reply) => void) {}

  /** @throws ProtocolViolation, also one of `onReply`; the parser is not to be used any more then. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    const rest = bytes.subarray(this.#parse(bytes));
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  /** Returns where the first incomplete reply begins. */
  #parse(bytes: Buffer): number {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(LF, start);
      if ((end < 0 ? bytes.length : end) - start > LONGEST_LINE) throw new ProtocolViolation('a line without end');
      if (end < 0) {
        this.#needed = bytes.length - start + 1;
        return start;
      }
      if (end === start || bytes[end - 1] !== CR) throw new ProtocolViolation('a line that does not end in CR LF');
      const line = bytes.toString('latin1', start, end - 1);
      if (!line.startsWith('VALUE ')) {
        start = end + 1;
        this.onReply(line);
        continue;
      }
      const { key, flags, length, unique } = header(line);
      const from = end + 1;
      const to = from + length;
      if (bytes.length < to + 2) {
        this.#needed = to + 2 - start;
        return start;
      }
      if (bytes[to] !== CR || bytes[to + 1] !== LF)
        throw new ProtocolViolation('a value that is longer than announced');
      start = to + 2;
      // A copy: a slice would keep the whole chunk alive, and share it with what else came in it.
      this.onReply({ key, flags, unique, data: Buffer.from(bytes.subarray(from, to)) });
    }
  }
}

function header(line: string): Omit<StoredValue, 'data'> & { length: number } {
  const [, key, flags, length, unique] = VALUE.exec(line) ?? [];
  if (key === undefined || Number(length) > LONGEST_VALUE) throw new ProtocolViolation('a malformed VALUE line');
  return { key, flags: Number(flags), length: Number(length), unique };
}
