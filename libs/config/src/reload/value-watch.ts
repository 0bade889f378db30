import { Logger } from '@nestjs/common';
import { messageOf } from '@eggybyte/errors';
import { sameValue } from '../same-value.js';

/** How long a listener may take before the next change is told all the same. */
const LISTENER_MS = 30_000;

const logger = new Logger('Config');

/**
 * Tells one listener the values of one variable: in their order, never two at a time, and of several that come while
 * it is busy only the last. One that throws or never ends is logged and harms nobody else.
 */
export class ValueWatch<T> {
  #told: T;
  #isBusy = false;
  #isOver = false;

  constructor(
    private readonly name: string,
    private readonly read: () => T,
    private readonly listener: (now: T, before: T) => unknown,
    private readonly listenerMs: number = LISTENER_MS,
  ) {
    this.#told = read();
  }

  /** The value may have changed. The listener has been called when this returns, unless it is busy. */
  notify(): void {
    if (this.#isBusy) return;
    for (let now = this.read(); !this.#isOver && !sameValue(now, this.#told); now = this.read()) {
      const before = this.#told;
      this.#told = now;
      const result = this.#call(now, before);
      if (result instanceof Promise) return void this.#await(result);
    }
  }

  /** Nothing is told any more. */
  end(): void {
    this.#isOver = true;
  }

  #call(now: T, before: T): unknown {
    try {
      return this.listener(now, before);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  async #await(result: Promise<unknown>): Promise<void> {
    this.#isBusy = true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      logger.warn({ msg: `A listener of ${this.name} did not end within ${this.listenerMs} ms`, variable: this.name });
      resolve();
    }, this.listenerMs).unref();
    await Promise.race([late, result.catch((error: unknown) => this.#fail(error))]);
    clearTimeout(timer);
    this.#isBusy = false;
    this.notify();
  }

  #fail(error: unknown): void {
    logger.error({ msg: `A listener of ${this.name} failed: ${messageOf(error)}`, variable: this.name, err: error });
  }
}
