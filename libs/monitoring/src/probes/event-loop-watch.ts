import { Logger } from '@nestjs/common';

const BEAT_MS = 500;

/**
 * Notices that the event loop was blocked. A blocked loop answers no probe, which the kubelet notices by itself;
 * this makes a loop that is blocked again and again fail those that get through in between. One block never lasts:
 * the first beat in time, half a second later, ends it.
 */
export class EventLoopWatch {
  readonly #logger = new Logger(EventLoopWatch.name);
  #timer: NodeJS.Timeout | undefined;
  #lastBeat = 0;
  #stalled = false;

  /** @param limitMs how late a beat may be, in milliseconds. */
  constructor(
    private readonly limitMs: number,
    private readonly beatMs = BEAT_MS,
  ) {}

  /** Whether the loop was blocked for longer than the limit just now. Always false before `start`. */
  get stalled(): boolean {
    return this.#timer !== undefined && (this.#stalled || this.#lateness() > this.limitMs);
  }

  start(): void {
    if (this.#timer) return;
    this.#lastBeat = performance.now();
    this.#timer = setInterval(() => this.#beat(), this.beatMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stalled = false;
  }

  #beat(): void {
    const late = this.#lateness();
    this.#stalled = late > this.limitMs;
    this.#lastBeat = performance.now();
    if (this.#stalled) this.#logger.warn({ msg: 'the event loop was blocked', blocked_ms: Math.round(late) });
  }

  #lateness(): number {
    return performance.now() - this.#lastBeat - this.beatMs;
  }
}
