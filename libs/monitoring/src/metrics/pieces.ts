import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long is written at a time before others have their turn: far below what a request would notice. */
const TURN_MS = 5;
/** Pieces between two looks at the clock. */
const AT_A_TIME = 16;
const CHUNK_BYTES = 64 * 1024;
/** Of a UTF-16 code unit in UTF-8. */
const MOST_BYTES = 3;

/**
 * A long text that is put together in turns of the event loop. Each piece becomes bytes at once: pieces that are put
 * together as text are garbage by the megabyte, and its collection blocks the loop for longer than writing them.
 */
export class Pieces {
  readonly #full: Buffer[] = [];
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #filled = 0;
  #added = 0;
  #began = performance.now();

  /** Whether it is time to let others have their turn. */
  add(piece: string): boolean {
    const needed = piece.length * MOST_BYTES;
    if (this.#filled + needed > this.#chunk.length) this.#next(needed);
    this.#filled += this.#chunk.write(piece, this.#filled);
    return ++this.#added % AT_A_TIME === 0 && performance.now() - this.#began >= TURN_MS;
  }

  async letOthers(): Promise<void> {
    await nextTurn();
    this.#began = performance.now();
  }

  bytes(): Buffer {
    this.#next(0);
    return Buffer.concat(this.#full);
  }

  #next(needed: number): void {
    this.#full.push(this.#chunk.subarray(0, this.#filled));
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, needed));
    this.#filled = 0;
  }
}
