import type { Operation } from './operation.js';
import { STALL_MS } from './patient-timer.js';

/** Sent operations in the order of their answers, with one deadline timer for all of them. */
export class PendingOperations {
  #queue: (Operation | undefined)[] = [];
  #head = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #expectedAt = 0;

  /** @param onOverdue the oldest operation has waited for longer than `timeoutMs`. */
  constructor(
    private readonly timeoutMs: number,
    private readonly onOverdue: () => void,
  ) {}

  /** How many wait for an answer. */
  get size(): number {
    return this.#size;
  }

  /** The one that the next reply belongs to. */
  get oldest(): Operation | undefined {
    return this.#queue[this.#head];
  }

  add(operation: Operation): void {
    operation.dueAt = performance.now() + this.timeoutMs;
    this.#queue.push(operation);
    this.#size += operation.callers;
    this.#arm(this.timeoutMs);
  }

  /** Counts one more that waits for the newest operation. */
  joined(): void {
    this.#size++;
  }

  /** Takes the oldest one out. */
  shift(): void {
    this.#size -= this.oldest?.callers ?? 0;
    this.#queue[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Takes all of them out and stops the clock. */
  drain(): Operation[] {
    clearTimeout(this.#timer);
    const rest = this.#queue.slice(this.#head) as Operation[];
    this.#queue = [];
    this.#head = 0;
    this.#size = 0;
    return rest;
  }

  #arm(delay: number): void {
    if (this.#timer) return;
    this.#expectedAt = performance.now() + delay;
    this.#timer = setTimeout(() => this.#check(), Math.ceil(delay)).unref();
  }

  #check(): void {
    this.#timer = undefined;
    const { oldest } = this;
    if (!oldest) return;
    const now = performance.now();
    if (now - this.#expectedAt > STALL_MS) this.#prolong(now);
    if (oldest.dueAt > now) {
      this.#arm(oldest.dueAt - now);
      return;
    }
    // Timers run before sockets are read: the answer may be here already.
    setImmediate(() => {
      if (this.oldest === oldest) this.onOverdue();
      else this.#check();
    });
  }

  /** Once for each, so that a process that is always late still gives up. */
  #prolong(now: number): void {
    for (const operation of this.#queue) {
      if (!operation || operation.prolonged) continue;
      operation.prolonged = true;
      operation.dueAt = now + this.timeoutMs;
    }
  }
}
