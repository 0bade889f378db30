import { Logger } from '@nestjs/common';
import { enterContext, type RequestContext } from '@eggybyte/observability';
import { fingerprint } from './fingerprint.js';
import type { Operation, Operations } from './operations.js';

/** From this many times on a statement looks like one per row of another. */
const MANY = 10;
/** More kinds of statements are not told of in the life of a process. */
const MOST_TOLD = 200;

/**
 * A hint for the developer: one request has sent the same statement many times, as it happens when relations are loaded
 * one by one ("N+1"). Each kind of statement is told once.
 */
export class RepeatedStatements {
  readonly #logger = new Logger('Database');
  readonly #counts = new WeakMap<RequestContext, Map<string, number>>();
  readonly #told = new Set<string>();

  constructor(private readonly operations: Operations) {}

  begin(): void {
    this.operations.listen((operation) => this.#ended(operation));
  }

  #ended({ sql, context }: Operation): void {
    if (!context) return;
    const counts = this.#counts.get(context) ?? new Map<string, number>();
    this.#counts.set(context, counts);
    const statement = fingerprint(sql, this.operations.dialect);
    const count = (counts.get(statement) ?? 0) + 1;
    counts.set(statement, count);
    if (count !== MANY || !statement.startsWith('SELECT') || this.#told.has(statement)) return;
    if (this.#told.size >= MOST_TOLD) return;
    this.#told.add(statement);
    const msg = `One request has sent the same statement ${MANY} times: load relations with their owners, or all rows at once`;
    enterContext(context, () => this.#logger.warn({ msg, statement }));
  }
}
