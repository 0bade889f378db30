/** What some reader takes for the end of a line, and control characters, which YAML refuses even in a comment. */
const BREAKS = /\s*[\p{Cc}\u2028\u2029\uFEFF\uFFFE\uFFFF]+\s*/gu;

/** A description for a comment: it ends where its line ends, for every reader. */
export function oneLine(text: string): string {
  return text.toWellFormed().replaceAll(BREAKS, ' ').trim();
}
