import { Writable } from 'node:stream';

/** One log record as it was written. */
export type LogRecord = Record<string, unknown>;

/** A stream that parses the log records written to it. */
export class RecordedLogs extends Writable {
  readonly records: LogRecord[] = [];
  #rest = '';

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.records.push(JSON.parse(line) as LogRecord);
    done();
  }
}
