import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { LogMissingError } from './testing.errors.js';

/** One log record as it was written. */
export type LogRecord = Record<string, unknown>;

/** A text is the record's `msg`, an object has fields that the record has too, a function tells by itself. */
export type LogPattern = string | LogRecord | ((record: LogRecord) => boolean);

/** A stream that parses the log records written to it. */
export class RecordedLogs extends Writable {
  readonly records: LogRecord[] = [];
  readonly #waiting = new Set<() => void>();
  #rest = '';
  #over = false;

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.records.push(JSON.parse(line) as LogRecord);
    this.#wake();
    done();
  }

  /** Nothing more will come that somebody should wait for. */
  conclude(): void {
    this.#over = true;
    this.#wake();
  }

  /** The first record, past or to come, that matches. @throws LogMissingError */
  async waitFor(pattern: LogPattern, timeoutMs: number): Promise<LogRecord> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.records.find((record) => matches(record, pattern));
      if (found) return found;
      const leftMs = deadline - performance.now();
      if (this.#over || leftMs <= 0) {
        throw new LogMissingError(pattern, this.#over ? undefined : timeoutMs, this.records.length);
      }
      await this.#next(leftMs);
    }
  }

  async #next(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, atMostMs);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

function matches(record: LogRecord, pattern: LogPattern): boolean {
  if (typeof pattern === 'function') return pattern(record);
  const wanted = typeof pattern === 'string' ? { msg: pattern } : pattern;
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(record[key], value));
}
