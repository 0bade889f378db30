/** How often the clock looks, and most that one look adds: what is beyond was a stall of the machine or of this process. */
const TICK_MS = 5;
const MOST_MS = 20;

/** A clock that goes only while this process gets to run: a machine that stands still makes nothing late by it. */
export class RunningTime implements Disposable {
  #sum = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);

  /** Milliseconds since it was made. */
  now(): number {
    this.#tick();
    return this.#sum;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#sum += Math.min(now - this.#last, MOST_MS);
    this.#last = now;
  }
}
