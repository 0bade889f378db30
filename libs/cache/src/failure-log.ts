import type { Logger } from '@nestjs/common';
import { messageOf } from '@eggybyte/errors';

/** Success after this much time without a failure is recovery; with one of several servers down both keep alternating. */
const QUIET_MS = 30_000;

/** Tells of an outage when it begins and when it is over, however many operations fail in between. */
export class FailureLog {
  #failures = 0;
  #lastFailure = 0;

  constructor(private readonly logger: Pick<Logger, 'log' | 'warn'>) {}

  failed(operation: string, error: unknown): void {
    this.#lastFailure = performance.now();
    if (this.#failures++ > 0) return;
    this.logger.warn(
      `Reads are misses and writes are lost until the cache works again; \`${operation}\` failed first: ${messageOf(error)}`,
    );
  }

  worked(): void {
    if (this.#failures === 0 || performance.now() - this.#lastFailure < QUIET_MS) return;
    this.logger.log(`The cache works again after ${this.#failures} failed operations`);
    this.#failures = 0;
  }
}
