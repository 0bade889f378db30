import { Logger } from '@nestjs/common';
import { enterContext, outsideContext, type RequestContext, requestContext } from '@eggybyte/observability';

const LONG_MS = 10_000;
/** TypeORM alone is a dozen calls deep. */
const DEEPEST = 40;
const FOREIGN = /node_modules|node:|database[\\/](?:src|dist)[\\/]/;

/** Who has asked for a connection. */
export interface Taken {
  /** Where, as lines of a stack. */
  readonly at: string;
  /** It is handed out in that of whoever gave it back. */
  readonly context: RequestContext | undefined;
}

/** A hint for the developer: a connection is held for long, most often by a query runner that nobody releases. */
export class HeldConnections {
  readonly #logger = new Logger('Database');

  constructor(private readonly longMs = LONG_MS) {}

  /** Where somebody asks for a connection; call it in their stack. */
  taken(): Taken {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = DEEPEST;
    const { stack = '' } = new Error('taken');
    Error.stackTraceLimit = stackTraceLimit;
    const lines = stack.split('\n').slice(1);
    const ours = lines.filter((line) => !FOREIGN.test(line));
    return { at: ours.join('').trim(), context: requestContext() };
  }

  /** Begins to watch one that was handed out; the returned function ends it. */
  watch({ at, context }: Taken): () => void {
    const warn = (): void => {
      const msg = `A connection of the database is held for longer than ${this.longMs} ms: release its query runner, or end its transaction sooner`;
      this.#logger.warn({ msg, taken_at: at });
    };
    const tell = (): void => (context ? enterContext(context, warn) : outsideContext(warn));
    const timer = setTimeout(tell, this.longMs).unref();
    return () => clearTimeout(timer);
  }
}
