const USUAL_BYTES = 96 * 1024;
/** Of a UTF-16 code unit in UTF-8. */
const MOST_BYTES = 3;
const NEWLINE = 10;

/**
 * Lines as bytes, one behind the other. Each is written into it at once, while its parts are in the processor's cache: to
 * put the parts of hundreds of lines together later costs several times as much.
 */
export class LineBuffer {
  #bytes = empty();
  /** The first byte is a line end, for whoever has to begin with one. */
  #filled = 1;

  get length(): number {
    return this.#filled - 1;
  }

  add(line: string): void {
    const needed = this.#filled + line.length * MOST_BYTES;
    if (needed > this.#bytes.length) this.#grow(Math.max(needed, 2 * this.#bytes.length));
    this.#filled += this.#bytes.write(line, this.#filled);
  }

  /** All that was added, behind a line end if asked for; valid until the next {@link clear}. */
  bytes(behindNewline: boolean): Buffer {
    return this.#bytes.subarray(behindNewline ? 0 : 1, this.#filled);
  }

  clear(): void {
    // One that had to hold much once is not kept for good.
    if (this.#bytes.length > USUAL_BYTES) this.#bytes = empty();
    this.#filled = 1;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(grown, 0, 0, this.#filled);
    this.#bytes = grown;
  }
}

function empty(): Buffer {
  const bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  bytes[0] = NEWLINE;
  return bytes;
}
