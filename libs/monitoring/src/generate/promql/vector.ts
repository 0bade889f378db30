/** A PromQL expression that tells a value for each combination of these labels. */
export class Vector<L extends string> {
  /** For the compiler only: which labels may be grouped by. */
  declare readonly labels: L;

  /** @param isCompound whether it needs parentheses inside of another expression */
  constructor(
    readonly text: string,
    private readonly isCompound = false,
  ) {}

  /** As a part of another expression. */
  get inside(): string {
    return this.isCompound ? enclosed(this.text) : this.text;
  }

  toString(): string {
    return this.text;
  }
}

/** A vector that is read as it is stored, so that it has a past. */
export class Series<L extends string> extends Vector<L> {
  offset(duration: string): Vector<L> {
    return new Vector(`${this.text} offset ${duration}`);
  }
}

/** What is longer is easier to read on lines of its own. */
const LONGEST_LINE = 80;

/** In parentheses. */
export function enclosed(text: string): string {
  return isLong(text) ? `(\n${text.replaceAll(/^/gm, '  ')}\n)` : `(${text})`;
}

export function isLong(text: string): boolean {
  return text.includes('\n') || text.length > LONGEST_LINE;
}
