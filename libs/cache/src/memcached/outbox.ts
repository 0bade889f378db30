/** Collects requests until they are sent together. */
export interface Outbox {
  /** Of what is collected. */
  readonly bytes: number;
  add(request: readonly (string | Buffer)[]): void;
  /** Takes out what is to be written, each with a write of its own; a text is Latin-1, a byte for each character. */
  take(): readonly (string | Buffer)[];
}

/** Up to here a copy as text costs less than a piece of its own. */
const MOST_BYTES_AS_TEXT = 4096;

/** For a plain socket: as few pieces as there can be. */
export class StreamOutbox implements Outbox {
  bytes = 0;
  #parts: (string | Buffer)[] = [];

  /** Neighbouring texts become one: a socket write costs far more than a concatenation. */
  add(request: readonly (string | Buffer)[]): void {
    for (const part of request) {
      const text = typeof part === 'string' || part.length > MOST_BYTES_AS_TEXT ? part : part.toString('latin1');
      const last = this.#parts.at(-1);
      if (typeof text === 'string' && typeof last === 'string') this.#parts[this.#parts.length - 1] = last + text;
      else this.#parts.push(text);
      this.bytes += part.length;
    }
  }

  take(): readonly (string | Buffer)[] {
    const parts = this.#parts;
    this.#parts = [];
    this.bytes = 0;
    return parts;
  }
}

/** What one record of TLS holds, and memcached's read buffer. */
const RECORD_BYTES = 16 * 1024;

/**
 * For a socket of TLS, where each write begins a record of its own: none begins or ends inside of a request, but those
 * of one that fills several. memcached 1.6 takes from a record what fits into its buffer or belongs to the value that
 * it waits for, and then waits for the network, though the next request is in the rest of the record already.
 */
export class RecordOutbox implements Outbox {
  bytes = 0;
  #records: (string | Buffer)[][] = [];
  #room = 0;

  add(request: readonly (string | Buffer)[]): void {
    const length = request.reduce((sum, part) => sum + part.length, 0);
    const record = this.#records.at(-1);
    if (record && length <= this.#room) {
      record.push(...request);
    } else {
      this.#records.push([...request]);
      this.#room = RECORD_BYTES;
    }
    this.#room -= length;
    this.bytes += length;
  }

  take(): readonly (string | Buffer)[] {
    const records = this.#records;
    this.#records = [];
    this.bytes = 0;
    return records.map((parts) =>
      parts.every((part) => typeof part === 'string')
        ? parts.join('')
        : Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
    );
  }
}
