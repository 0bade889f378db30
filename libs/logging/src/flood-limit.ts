const WINDOW_MS = 1000;
/** Records of one level and one text within a window. */
const MOST_ALIKE = 100;
/** Texts that are told apart; beyond it what is new is not limited. */
const MOST_TEXTS = 1000;
const LONGEST_TEXT = 200;

/** Told when a window ends in which records were left out. */
export type FloodListener = (level: string, text: string, count: number) => void;

/** Those whose window has not ended yet. No timer fires any more when the process ends. */
const open = new Set<FloodLimit>();
const closeAll = (): void => open.forEach((limit) => limit.closeWindow());

/**
 * Keeps a warning or an error that comes again and again, as in an outage, from filling the disk of whoever collects the
 * log: a hundred alike are written in a second, of the others the number.
 */
export class FloodLimit {
  readonly #counts = new Map<string, { level: string; text: string; count: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly told: FloodListener) {}

  /** Whether one more of them is written. */
  admits(level: string, text: string): boolean {
    if (!this.#timer) this.#openWindow();
    const short = text.slice(0, LONGEST_TEXT);
    const key = `${level} ${short}`;
    const known = this.#counts.get(key);
    if (known) return ++known.count <= MOST_ALIKE;
    if (this.#counts.size < MOST_TEXTS) this.#counts.set(key, { level, text: short, count: 1 });
    return true;
  }

  #openWindow(): void {
    this.#timer = setTimeout(() => this.closeWindow(), WINDOW_MS).unref();
    open.add(this);
    if (!process.listeners('exit').includes(closeAll)) process.on('exit', closeAll);
  }

  /** Tells now what was left out since the window was opened. */
  closeWindow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    open.delete(this);
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    for (const { level, text, count } of counts) if (count > MOST_ALIKE) this.told(level, text, count - MOST_ALIKE);
  }
}
