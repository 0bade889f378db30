/** One stored value as the server sent it. */
export interface StoredValue {
  key: string;
  flags: number;
  data: Buffer;
  /** What a later `cas` names this very value by, where `gets` asked for it. */
  unique?: string | undefined;
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
const LONGEST_KEY = 250;
const MOST_DIGITS_OF_FLAGS = 10;
const MOST_DIGITS_OF_LENGTH = 8;
const MOST_DIGITS_OF_UNIQUE = 20;
const VALUE = Buffer.from('VALUE ');
const END = Buffer.from('END');
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const FIRST_PRINTABLE = 33;
const LAST_PRINTABLE = 126;

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
      if (!beginsWith(VALUE, bytes, start)) {
        // By far the most frequent line is not made a text anew each time.
        const isEnd = end - 1 - start === END.length && beginsWith(END, bytes, start);
        const line = isEnd ? 'END' : bytes.toString('latin1', start, end - 1);
        start = end + 1;
        this.onReply(line);
        continue;
      }
      const { key, flags, length, unique } = header(bytes, start + VALUE.length, end - 1);
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
      const data = Buffer.allocUnsafe(length);
      data.set(bytes.subarray(from, to));
      this.onReply({ key, flags, unique, data });
    }
  }
}

function beginsWith(word: Buffer, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word[at]) return false;
  return true;
}

/** `<key> <flags> <length>`, behind `gets` with ` <unique>`. A regular expression would cost more than all the rest. */
function header(bytes: Buffer, start: number, end: number): Omit<StoredValue, 'data'> & { length: number } {
  const keyEnd = endOf(bytes, start, end, FIRST_PRINTABLE, LAST_PRINTABLE);
  const flagsEnd = endOf(bytes, keyEnd + 1, end, ZERO, NINE);
  const lengthEnd = endOf(bytes, flagsEnd + 1, end, ZERO, NINE);
  const uniqueEnd = endOf(bytes, lengthEnd + 1, end, ZERO, NINE);
  const length = numberIn(bytes, flagsEnd + 1, lengthEnd);
  const isWellFormed =
    isBetween(1, keyEnd - start, LONGEST_KEY) &&
    bytes[keyEnd] === SPACE &&
    isBetween(1, flagsEnd - keyEnd - 1, MOST_DIGITS_OF_FLAGS) &&
    bytes[flagsEnd] === SPACE &&
    isBetween(1, lengthEnd - flagsEnd - 1, MOST_DIGITS_OF_LENGTH) &&
    length <= LONGEST_VALUE &&
    (lengthEnd === end ||
      (bytes[lengthEnd] === SPACE &&
        isBetween(1, uniqueEnd - lengthEnd - 1, MOST_DIGITS_OF_UNIQUE) &&
        uniqueEnd === end));
  if (!isWellFormed) throw new ProtocolViolation('a malformed VALUE line');
  return {
    key: bytes.toString('latin1', start, keyEnd),
    flags: numberIn(bytes, keyEnd + 1, flagsEnd),
    unique: lengthEnd === end ? undefined : bytes.toString('latin1', lengthEnd + 1, uniqueEnd),
    length,
  };
}

/** Where the bytes from `first` to `last` that begin at `start` end. */
function endOf(bytes: Buffer, start: number, end: number, first: number, last: number): number {
  let at = start;
  while (at < end && isBetween(first, bytes[at] ?? 0, last)) at++;
  return at;
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 10 + (bytes[at] ?? ZERO) - ZERO;
  return number;
}

function isBetween(least: number, value: number, most: number): boolean {
  return least <= value && value <= most;
}
