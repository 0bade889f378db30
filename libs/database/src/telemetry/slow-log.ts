import type { Logger } from '@nestjs/common';
import { type Duration, milliseconds } from '@eggybyte/errors';
import { enterContext, outsideContext } from '@eggybyte/observability';
import { loggerOf } from '../data-source/data-source-name.js';
import { errorType } from './error-type.js';
import { fingerprint } from './fingerprint.js';
import { operationName } from './operation-name.js';
import type { Operation, Operations } from './operations.js';

const WINDOW_MS = 1000;
/** Records of one kind of statement within a window, and of all together. */
const MOST_ALIKE = 3;
const MOST = 20;

/**
 * Logs statements that take longer than a threshold, by their fingerprint and never with a value. Beyond a few a second
 * they are counted, and the number is told at the end of the second.
 */
export class SlowLog {
  readonly #logger: Logger;
  readonly #told = new Map<string, number>();
  #records = 0;
  #untold = 0;
  /** A second runs, in which records are counted. */
  #isOpen = false;
  #threshold: Duration = 0;
  #thresholdMs = 0;

  constructor(
    private readonly operations: Operations,
    private readonly threshold: Duration | (() => Duration),
  ) {
    this.#logger = loggerOf('SlowQuery', operations.dataSource);
  }

  begin(): void {
    if (this.threshold !== 0) this.operations.listen((operation) => this.#ended(operation));
  }

  #ended(operation: Operation): void {
    const limitMs = this.#limitMs();
    if (limitMs === 0 || operation.durationMs < limitMs) return;
    const statement = fingerprint(operation.sql, this.operations.dialect);
    const alike = this.#told.get(statement) ?? 0;
    if (!this.#isOpen) setTimeout(() => this.#closeWindow(), WINDOW_MS).unref();
    this.#isOpen = true;
    if (alike >= MOST_ALIKE || this.#records >= MOST) {
      this.#untold++;
      return;
    }
    this.#told.set(statement, alike + 1);
    this.#records++;
    const write = (): void => this.#write(operation, statement);
    if (operation.context) enterContext(operation.context, write);
    // A driver calls back in the context in which its connection was made, which is that of some request.
    else outsideContext(write);
  }

  #write({ sql, durationMs, error, rows }: Operation, statement: string): void {
    this.#logger.warn({
      msg: 'slow query',
      duration_ms: Math.round(durationMs * 10) / 10,
      operation: operationName(sql),
      statement,
      ...(rows !== undefined && { rows }),
      ...(error !== undefined && { error_code: errorType(error) ?? 'unknown' }),
    });
  }

  #closeWindow(): void {
    const untold = this.#untold;
    this.#isOpen = false;
    this.#told.clear();
    this.#records = 0;
    this.#untold = 0;
    if (untold > 0)
      outsideContext(() => this.#logger.warn({ msg: 'more slow queries like those before', count: untold }));
  }

  /** Asked each time, and read again only when it has changed. What is no duration leaves the one before. */
  #limitMs(): number {
    const { threshold } = this;
    try {
      const current = typeof threshold === 'function' ? threshold() : threshold;
      if (current !== this.#threshold) this.#thresholdMs = milliseconds(current, 'slowQuery');
      this.#threshold = current;
    } catch {
      // A listener must not throw: it would be taken for the failure of the statement.
    }
    return this.#thresholdMs;
  }
}
