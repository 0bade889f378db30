const USUAL_BYTES = 96 * 1024;
/** Of a UTF-16 code unit in UTF-8. */
const MOST_BYTES = 3;
const NEWLINE = 10;

/** Lines as bytes, one behind the other: texts that are kept and put together later cost the garbage collector more. */
export class LineBuffer {
  #bytes = empty();
  /**
   * Where the next byte goes: whoever has written bytes of a line by itself says so here. The first byte is a line end,
   * for whoever has to begin with one.
   */
  end = 1;

  get length(): number {
    return this.end - 1;
  }

  add(line: string): void {
    const bytes = this.room(line.length * MOST_BYTES);
    this.end += bytes.write(line, this.end);
  }

  /** The bytes themselves, with room for so many behind the {@link end}. */
  room(needed: number): Buffer {
    const length = this.end + needed;
    if (length > this.#bytes.length) this.#grow(Math.max(length, 2 * this.#bytes.length));
    return this.#bytes;
  }

  /** All that was added, behind a line end if asked for; valid until the next {@link clear}. */
  bytes(behindNewline: boolean): Buffer {
    return this.#bytes.subarray(behindNewline ? 0 : 1, this.end);
  }

  clear(): void {
    // One that had to hold much once is not kept for good.
    if (this.#bytes.length > USUAL_BYTES) this.#bytes = empty();
    this.end = 1;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(grown, 0, 0, this.end);
    this.#bytes = grown;
  }
}

function empty(): Buffer {
  const bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  bytes[0] = NEWLINE;
  return bytes;
}
