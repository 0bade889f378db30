import { Logger } from '@nestjs/common';

const LONG_MS = 10_000;
/** TypeORM alone is a dozen calls deep. */
const DEEPEST = 40;
const FOREIGN = /node_modules|node:|database[\\/](?:src|dist)[\\/]/;

/** A hint for the developer: a connection is held for long, most often by a query runner that nobody releases. */
export class HeldConnections {
  readonly #logger = new Logger('Database');

  constructor(private readonly longMs = LONG_MS) {}

  /** Where somebody asks for a connection; call it in their stack. */
  taken(): string {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = DEEPEST;
    const { stack = '' } = new Error('taken');
    Error.stackTraceLimit = stackTraceLimit;
    const lines = stack.split('\n').slice(1);
    return lines
      .filter((line) => !FOREIGN.test(line))
      .join('')
      .trim();
  }

  /** Begins to watch one that was handed out; the returned function ends it. */
  watch(takenAt: string): () => void {
    const timer = setTimeout(() => {
      const msg = `A connection of the database is held for longer than ${this.longMs} ms: release its query runner, or end its transaction sooner`;
      this.#logger.warn({ msg, taken_at: takenAt });
    }, this.longMs).unref();
    return () => clearTimeout(timer);
  }
}
