import { boundedLine } from './bounded-line.js';

const MOST_RECORDS = 50;
/** Bytes of one that is kept; a longer one keeps who wrote it and its message. */
const LONGEST_RECORD = 8192;

/** The last records at `warn` and above of one root logger, as they were written: redacted and bounded. */
export class RecentRecords {
  readonly #lines: string[] = [];

  keep(line: string): void {
    this.#lines.push(boundedLine(line, LONGEST_RECORD));
    if (this.#lines.length > MOST_RECORDS) this.#lines.shift();
  }

  /** The latest first. */
  list(): Record<string, unknown>[] {
    return this.#lines.map((line) => JSON.parse(line) as Record<string, unknown>).toReversed();
  }
}
