import { EmbeddedBusyError } from '../database.errors.js';

/** Lets one holder through at a time, first come, first served. */
export class Turnstile {
  readonly #queue: (() => void)[] = [];
  #occupied = false;

  constructor(private readonly timeoutMs: number) {}

  /**
   * Resolves to the function that lets the next one in; calling it again does nothing.
   *
   * @throws EmbeddedBusyError when the turn does not come in time.
   */
  async enter(): Promise<() => void> {
    if (this.#occupied) await this.#turn();
    this.#occupied = true;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#leave();
    };
  }

  #leave(): void {
    const next = this.#queue.shift();
    // Stays occupied when there is a next one, so that nobody slips in before it.
    if (next) next();
    else this.#occupied = false;
  }

  #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const next = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#queue.splice(this.#queue.indexOf(next), 1);
      reject(new EmbeddedBusyError(this.timeoutMs));
    }, this.timeoutMs);
    this.#queue.push(next);
    return promise;
  }
}
