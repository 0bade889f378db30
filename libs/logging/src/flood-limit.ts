const WINDOW_MS = 1000;
/** Records of one level and one text within a window. */
const MOST_ALIKE = 100;
/** Texts that are told apart; beyond it what is new is not limited. */
const MOST_TEXTS = 1000;
const LONGEST_TEXT = 200;

/** Told when a window ends in which records were left out. */
export type FloodListener = (level: string, text: string, count: number) => void;

/**
 * Keeps a warning or an error that comes again and again, as in an outage, from filling the disk of whoever collects the
 * log: a hundred alike are written in a second, of the others the number.
 */
export class FloodLimit {
  readonly #counts = new Map<string, { level: string; text: string; count: number }>();
  #isOpen = false;

  constructor(private readonly told: FloodListener) {}

  /** Whether one more of them is written. */
  admits(level: string, text: string): boolean {
    if (!this.#isOpen) {
      this.#isOpen = true;
      setTimeout(() => this.#closeWindow(), WINDOW_MS).unref();
    }
    const short = text.slice(0, LONGEST_TEXT);
    const key = `${level} ${short}`;
    const known = this.#counts.get(key);
    if (known) return ++known.count <= MOST_ALIKE;
    if (this.#counts.size < MOST_TEXTS) this.#counts.set(key, { level, text: short, count: 1 });
    return true;
  }

  #closeWindow(): void {
    const counts = [...this.#counts.values()];
    this.#isOpen = false;
    this.#counts.clear();
    for (const { level, text, count } of counts) if (count > MOST_ALIKE) this.told(level, text, count - MOST_ALIKE);
  }
}
