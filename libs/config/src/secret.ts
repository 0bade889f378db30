import { inspect } from 'node:util';

/** What stands in every text instead of a secret. */
export const REDACTED = '[REDACTED]';

/**
 * A value that never prints: template strings, JSON, `util.inspect`, a clone and its own properties show
 * `[REDACTED]` or nothing. Only {@link Secret.reveal} gives it.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. Call it where it is used, and keep the result out of logs and errors. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
