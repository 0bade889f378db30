import { ProtocolViolation, type Reply, type StoredValue } from './reply-parser.js';

/** The server understood and declined; the stream is still in step. */
export class ServerRefusal extends Error {}

/** One request on the wire and what its answer has to look like. */
export abstract class Operation<T = unknown> {
  readonly answer: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  /** On the monotonic clock; set when it is sent. */
  dueAt = 0;
  /** It was given its time again, as this process was too busy to read the answer. */
  prolonged = false;

  constructor(readonly request: readonly (string | Buffer)[]) {
    this.answer = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /**
   * Takes one reply; `true` when it was the last one of this operation.
   *
   * @throws ProtocolViolation when the reply belongs to something else, ServerRefusal when it is an error of the server.
   */
  abstract take(reply: Reply): boolean;
}

/** `get` and `gets`: any number of values, then END. */
export class ReadOperation extends Operation<Map<string, StoredValue>> {
  readonly #found = new Map<string, StoredValue>();
  #next = 0;

  /** @param keys without repetition. */
  constructor(
    private readonly keys: readonly string[],
    command: 'get' | 'gets' = 'get',
  ) {
    super([`${command} ${keys.join(' ')}\r\n`]);
  }

  take(reply: Reply): boolean {
    if (typeof reply === 'string') {
      if (reply !== 'END') refuse(reply);
      this.resolve(this.#found);
      return true;
    }
    // Values come in the order asked for. Anything else is an answer to somebody else: never hand it out.
    const position = this.keys.indexOf(reply.key, this.#next);
    if (position < 0) throw new ProtocolViolation('the value of a key that was not asked for');
    this.#next = position + 1;
    this.#found.set(reply.key, reply);
    return false;
  }
}

/** Any command that is answered by one line. */
export class LineOperation<T> extends Operation<T> {
  /** @param read the answer that the line means; `undefined` when it is none of this command's. */
  constructor(
    request: readonly (string | Buffer)[],
    private readonly read: (line: string) => T | undefined,
  ) {
    super(request);
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
