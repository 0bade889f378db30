import { writeSync } from 'node:fs';
import { LineBuffer } from './line-buffer.js';
import type { LogDestination } from './logging.options.js';

export interface BatchedOutputOptions {
  /** Longest time that a line waits for others, in milliseconds. @default 10 */
  delayMs?: number;
  /** Bytes that are written at once without waiting. @default 65536 */
  batch?: number;
  /** Bytes that may wait for a slow reader; further lines are dropped and counted. @default 8388608 */
  limit?: number;
  /** Longest time that `flushSync` waits for a slow reader, in milliseconds. @default 1000 */
  flushMs?: number;
  /** Longest time that a reader which goes on to read is waited for at the end of the process, in milliseconds. @default 3000 */
  endMs?: number;
}

const defaults = {
  delayMs: 10,
  batch: 65_536,
  limit: 8_388_608,
  flushMs: 1000,
  endMs: 3000,
} satisfies BatchedOutputOptions;

/** Enough to make each of them cost little; so many lines more may wait than `limit` says. */
const MOST_ANNOUNCED = 64;

/** Pause before a reader that did not keep up is tried again, in milliseconds. */
const RETRY_MS = 20;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/** Keeps lines that were announced as what they are made of: put together at once, each of them costs less. */
export interface AnnouncedLines {
  /** Adds all of them, in the order in which they were announced, and keeps none. Never throws. */
  addTo(lines: LineBuffer): void;
}

/**
 * Writes lines to a file descriptor in batches, in the order they came: one system call for many records.
 *
 * A reader that does not keep up never blocks the process where the descriptor is non-blocking, and never costs more
 * memory than `limit`. A closed reader ends all writing. Errors such as a full disk lose the batch at hand; lost lines
 * are told by a record of their own as soon as writing works again.
 */
export class BatchedOutput implements LogDestination {
  readonly #options: Required<BatchedOutputOptions>;
  #lines = new LineBuffer();
  /** Where `#rest` is; free when there is none. */
  #written = new LineBuffer();
  /** What of an earlier batch the reader did not take yet. */
  #rest: Buffer = NOTHING;
  /** Whether the last byte that was written ended a line. */
  #wholeLine = true;
  #lost = 0;
  /** How many of the lost lines the batch at hand tells of. */
  #told = 0;
  #slow = false;
  #closed = false;
  #announcer: AnnouncedLines | undefined;
  #announced = 0;
  /** At the end of the process: how long the reader is waited for, on the monotonic clock. */
  #endsAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly fd: number,
    options: BatchedOutputOptions = {},
  ) {
    this.#options = { ...defaults, ...options };
  }

  write(line: string): void {
    if (!this.takes()) return;
    this.#collect();
    this.#lines.add(line);
    this.#added();
  }

  /** Whether one more line is taken; it is lost otherwise. To be asked before each one that is announced. */
  takes(): boolean {
    if (this.#closed) return false;
    if (this.#lines.length + this.#rest.length <= this.#options.limit) return true;
    this.#lost++;
    return false;
  }

  /** A line has been written, but `by` keeps it until it is collected: before the next line of others, at the latest. */
  announce(by: AnnouncedLines): void {
    if (this.#announcer !== by) this.#collect();
    this.#announcer = by;
    this.#announced++;
    if (this.#endsAt !== undefined || this.#announced === MOST_ANNOUNCED) this.#collect();
    this.#added();
  }

  #collect(): void {
    const announcer = this.#announcer;
    this.#announcer = undefined;
    this.#announced = 0;
    announcer?.addTo(this.#lines);
  }

  #added(): void {
    if (this.#endsAt !== undefined) this.#writeAtEnd(this.#endsAt);
    else if (this.#lines.length >= this.#options.batch && !this.#slow) this.#writeOut();
    else this.#timer ??= this.#later(this.#options.delayMs);
  }

  /** Writes all that waits, giving a slow reader a limited time. */
  flushSync(): void {
    const until = performance.now() + this.#options.flushMs;
    while (!this.#writeOut() && performance.now() < until) pause(5);
  }

  /**
   * From now on each line is written at once: no timer fires any more when the process is about to end. What waits is
   * written as long as the reader goes on to read.
   */
  writeImmediately(): void {
    this.#endsAt = performance.now() + this.#options.endMs;
    this.#writeAtEnd(this.#endsAt);
  }

  #writeAtEnd(endsAt: number): void {
    let left = this.#waiting;
    let until = performance.now() + this.#options.flushMs;
    while (!this.#writeOut() && performance.now() < Math.min(until, endsAt)) {
      pause(5);
      if (this.#waiting < left) until = performance.now() + this.#options.flushMs;
      left = this.#waiting;
    }
    // A reader that stands still is not waited for once more with each line.
    if (this.#waiting > 0) this.#endsAt = 0;
  }

  get #waiting(): number {
    return this.#rest.length + this.#lines.length;
  }

  /** Whether nothing waits any more. */
  #writeOut(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#collect();
    if (this.#rest.length === 0) this.#nextBatch();
    try {
      while (this.#rest.length > 0) {
        const written = writeSync(this.fd, this.#rest);
        this.#wholeLine = this.#rest[written - 1] === NEWLINE;
        this.#rest = this.#rest.subarray(written);
        if (this.#rest.length > 0) continue;
        this.#lost -= this.#told;
        this.#nextBatch();
      }
      this.#slow = false;
      return true;
    } catch (error) {
      return this.#failed(error as NodeJS.ErrnoException);
    }
  }

  #nextBatch(): void {
    this.#told = this.#lost;
    if (this.#told > 0) this.#lines.add(lostRecord(this.#told));
    this.#rest = this.#lines.length > 0 ? this.#lines.bytes(!this.#wholeLine) : NOTHING;
    this.#written.clear();
    [this.#lines, this.#written] = [this.#written, this.#lines];
  }

  #failed({ code }: NodeJS.ErrnoException): boolean {
    if (code === 'EAGAIN') {
      this.#slow = true;
      this.#timer = this.#later(RETRY_MS);
      return false;
    }
    this.#closed = code === 'EPIPE' || code === 'EBADF';
    this.#lost += countLines(this.#rest) - (this.#told > 0 ? 1 : 0);
    this.#told = 0;
    this.#rest = NOTHING;
    return true;
  }

  #later(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#writeOut(), milliseconds).unref();
  }
}

function lostRecord(lost: number): string {
  const record = { level: 'warn', time: new Date().toISOString(), msg: 'log records were lost', lost };
  return `${JSON.stringify(record)}\n`;
}

function countLines(lines: Buffer): number {
  return lines.toString().split('\n').length - 1;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
