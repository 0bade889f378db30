import { ProtocolViolation, type Reply, type StoredValue } from './reply-parser.js';

/** The server understood and declined; the stream is still in step. */
export class ServerRefusal extends Error {}

/** One request on the wire and what its answer has to look like. */
export abstract class Operation<T = unknown> {
  readonly answer: Promise<T>;
  protected resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  /** On the monotonic clock; set when it is sent. */
  dueAt = 0;
  /** It was given its time again, as this process was too busy to read the answer. */
  prolonged = false;

  constructor() {
    this.answer = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
  }

  abstract get request(): readonly (string | Buffer)[];

  /** How many wait for an answer of their own. */
  get callers(): number {
    return 1;
  }

  /**
   * Takes one reply; `true` when it was the last one of this operation.
   *
   * @throws ProtocolViolation when the reply belongs to something else, ServerRefusal when it is an error of the server.
   */
  abstract take(reply: Reply): boolean;

  /** Whoever has no answer yet gets this error. */
  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** Of a line that several reads share: far below what a record of TLS and memcached's read buffer hold. */
const LONGEST_SHARED_LINE = 2048;
/** What asks for more has little to gain from a packet less. */
const MOST_KEYS_TO_SHARE = 8;

/** `get` and `gets`: any number of values, then END. */
export class ReadOperation extends Operation<Map<string, StoredValue>> {
  readonly #found = new Map<string, StoredValue>();
  #next = 0;
  /** Whoever else asks in this line, in the order of the keys. */
  #others: ReadOperation[] | undefined;
  /** The first one that a value can still be for. */
  #reader = 0;
  #shared: { readonly keys: Set<string>; length: number } | undefined;

  /** @param keys without repetition. */
  constructor(
    private readonly keys: readonly string[],
    private readonly command: 'get' | 'gets' = 'get',
  ) {
    super();
  }

  get request(): readonly string[] {
    const keys = this.#others ? this.keys.concat(this.#others.flatMap((other) => other.keys)) : this.keys;
    return [`${this.command} ${keys.join(' ')}\r\n`];
  }

  override get callers(): number {
    return 1 + (this.#others?.length ?? 0);
  }

  /**
   * Asks for the keys of `other` in the line of this one, as long as it has not been sent: memcached answers each line
   * with a packet of its own, however many arrive together. `false` when `other` needs a line of its own, as one with
   * a key that is asked for already: what comes twice has to be an error still.
   */
  join(other: ReadOperation): boolean {
    if (this.command !== 'get' || other.command !== 'get') return false;
    if (Math.max(this.keys.length, other.keys.length) > MOST_KEYS_TO_SHARE) return false;
    this.#shared ??= { keys: new Set(this.keys), length: lengthOf(this.keys) };
    const { keys, length } = this.#shared;
    const longer = length + lengthOf(other.keys);
    if (longer > LONGEST_SHARED_LINE || other.keys.some((key) => keys.has(key))) return false;
    for (const key of other.keys) keys.add(key);
    this.#shared.length = longer;
    (this.#others ??= []).push(other);
    return true;
  }

  take(reply: Reply): boolean {
    if (typeof reply === 'string') {
      if (reply !== 'END') refuse(reply);
      this.#answerUpTo(this.callers);
      return true;
    }
    for (let at = this.#reader; ; at++) {
      const reader = this.#readerAt(at);
      if (!reader) throw new ProtocolViolation('the value of a key that was not asked for');
      if (!reader.#accept(reply)) continue;
      this.#answerUpTo(at);
      return false;
    }
  }

  override fail(error: unknown): void {
    super.fail(error);
    for (const other of this.#others ?? []) other.fail(error);
  }

  #readerAt(position: number): ReadOperation | undefined {
    return position === 0 ? this : this.#others?.[position - 1];
  }

  /** Values come in the order asked for. Anything else is an answer to somebody else: never hand it out. */
  #accept(value: StoredValue): boolean {
    const position = this.keys.indexOf(value.key, this.#next);
    if (position < 0) return false;
    this.#next = position + 1;
    this.#found.set(value.key, value);
    return true;
  }

  /** The value of a later reader tells that the earlier ones have all that there is for them. */
  #answerUpTo(end: number): void {
    for (; this.#reader < end; this.#reader++) {
      const reader = this.#readerAt(this.#reader);
      reader?.resolve(reader.#found);
    }
  }
}

function lengthOf(keys: readonly string[]): number {
  return keys.reduce((length, key) => length + key.length + 1, 0);
}

/** Any command that is answered by one line. */
export class LineOperation<T> extends Operation<T> {
  /** @param read the answer that the line means; `undefined` when it is none of this command's. */
  constructor(
    readonly request: readonly (string | Buffer)[],
    private readonly read: (line: string) => T | undefined,
  ) {
    super();
  }

  take(reply: Reply): boolean {
    if (typeof reply !== 'string') throw new ProtocolViolation('a value where none was asked for');
    const answer = this.read(reply);
    if (answer === undefined) refuse(reply);
    else this.resolve(answer);
    return true;
  }
}

/** Only SERVER_ERROR leaves the stream in step. The line itself stays out of the message: it may be anybody's data. */
function refuse(line: string): never {
  if (/^SERVER_ERROR( |$)/.test(line)) throw new ServerRefusal(line.slice(0, 200));
  throw new ProtocolViolation('an answer that does not belong to the command');
}
