import type { ConfigWarning } from './config-problem.js';
import { checkField, type Field } from './field.js';
import { describeProvenance, type Provenance } from './provenance.js';
import { sameValue } from './same-value.js';

/** What comes into a value on its way from an editor, a shell or a manifest, and the text without it. */
const SLIPS: readonly (readonly [what: string, without: (text: string) => string])[] = [
  ['the byte order mark before it', (text) => text.replace(/^\uFEFF+/, '')],
  ['the zero bytes in it', (text) => text.replaceAll('\0', '')],
  ['the line break at its end', withoutLineBreaks],
  ['the space around it', (text) => text.trim()],
  ['the quotes around it', (text) => /^(["'`])(.*)\1$/s.exec(text)?.[2] ?? text],
];

/** A text without its slips, and what these were. A second look finds what stood within quotes. */
function mend(text: string): { text: string; slips: readonly string[] } {
  const found = new Set<string>();
  let mended = text;
  for (const [what, without] of [...SLIPS, ...SLIPS]) {
    const next = without(mended);
    if (next !== mended) found.add(what);
    mended = next;
  }
  return { text: mended, slips: [...found] };
}

/** What was probably meant by a value that is refused; undefined where nobody can tell. Holds nothing of a secret. */
export function hintOf(given: unknown, field: Field<unknown>): string | undefined {
  if (typeof given !== 'string') return undefined;
  const { text, slips } = mend(given);
  if (slips.length > 0 && checkField(field, text).success) return `remove ${slips.join(' and ')}`;
  const meant = [text, text.toLowerCase(), text.toUpperCase()].find((each) => checkField(field, each).success);
  return meant !== undefined && !field.secret && SHOWABLE.test(meant) ? `did you mean ${meant}?` : undefined;
}

const SHOWABLE = /^[\w.:-]{1,40}$/;

/** What is accepted as it is, and yet holds what hardly anybody means. */
export function slipWarning(
  name: string,
  given: unknown,
  field: Field<unknown>,
  origin: Provenance,
): ConfigWarning | undefined {
  if (typeof given !== 'string' || !FROM_OUTSIDE.has(origin.source)) return undefined;
  const { text, slips } = mend(endsAsFilesDo(given) ? given.trimEnd() : given);
  if (slips.length === 0) return undefined;
  const [taken, mended] = [checkField(field, given), checkField(field, text)];
  if (!mended.success || sameValue(taken.data, mended.data)) return undefined;
  const message = `${name} (${describeProvenance(origin, name)}) is taken as it is: remove ${slips.join(' and ')}, unless that is meant`;
  return { kind: 'odd', name, message };
}

/** Who puts quotes around a value in a `.env` file, or writes one in code, means what is within. */
const FROM_OUTSIDE: ReadonlySet<Provenance['source']> = new Set(['env', 'file', 'directory', 'watched']);

/** The last line of several, of a certificate say, ends as the others do. */
function endsAsFilesDo(text: string): boolean {
  return text.endsWith('\n') && text.trim().includes('\n');
}

/** Not by an expression, which takes time by the square of a run of line breaks. */
function withoutLineBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
