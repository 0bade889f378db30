import { KubeFailure } from './kube-failure.js';

const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines, wherever its chunks end. As bytes, so that no character of UTF-8 is torn. */
export class FrameSplitter {
  readonly #longest: number;
  /** Of the line that is not over yet. */
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param longest most bytes of one line */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Whether a line has begun and not ended. */
  get isInside(): boolean {
    return this.#length > 0;
  }

  /**
   * The lines that end in this chunk, without empty ones.
   *
   * @throws KubeFailure for a line that is too long
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take();
      if (line.length > 0) yield line;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#length += part.length;
    if (this.#length > this.#longest) {
      throw new KubeFailure('invalid', `an event is larger than ${this.#longest} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): Uint8Array {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}
