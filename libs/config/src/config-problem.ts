import { inspect } from 'node:util';
import { describeProvenance, type Provenance } from './provenance.js';
import { REDACTED } from './secret.js';

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /**
   * `missing`: required and not given; `invalid`: not what is expected; `ambiguous`: `NAME` and `NAME_FILE` are both
   * given in one place; `unreadable`: a file cannot be read; `unknown`: a name in code that the schema does not have.
   */
  readonly kind: 'missing' | 'invalid' | 'ambiguous' | 'unreadable' | 'unknown';
  /** The variable, or the path of a `.env` file that cannot be read. */
  readonly name: string;
  /** What was given, quoted and shortened; `[REDACTED]` for a secret, absent when nothing was given. */
  readonly given?: string;
  /** What is expected, to complete the sentence "expected …". */
  readonly expected: string;
  readonly origin: Provenance;
  /** What may have been meant, or why this may have happened, as a sentence without its full stop. */
  readonly hint?: string | undefined;
}

/** Something that works, but probably not as it was meant. */
export interface ConfigWarning {
  /**
   * `unknown`: a name near a known one; `alias`: an old name is used; `ignored`: set, but without effect; `odd`: a value
   * with quotes or space around it, a zero byte or the like, which is taken as it is.
   */
  readonly kind: 'unknown' | 'alias' | 'ignored' | 'odd';
  /** The name as it was found. */
  readonly name: string;
  readonly message: string;
}

/** What a load collects on its way. */
export interface Findings {
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigWarning[];
}

/** "PORT (environment): expected a port from 0 to 65535, got "80abc"". Holds no secret. */
export function describeProblem({ kind, name, given, expected, origin, hint }: ConfigProblem): string {
  const where = origin.source === 'unset' ? '' : ` (${describeProvenance(origin, name)})`;
  const got = kind === 'missing' ? ', but it is not set' : given === undefined ? '' : `, got ${given}`;
  return `${name}${where}: expected ${expected}${got}${hint === undefined ? '' : `; ${hint}`}`;
}

const LONGEST_SHOWN = 80;

/** A value for a report: on one line, shortened, without the credentials of a URL, and nothing of a secret. */
export function showGiven(given: unknown, secret: boolean): string {
  if (secret) return REDACTED;
  const shown = typeof given === 'string' ? withoutCredentials(given) : given;
  const line =
    typeof shown === 'string'
      ? JSON.stringify(shown)
      : inspect(shown, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}

/** A path as it is, or quoted where it holds what would break a line or colour a terminal. */
export function showPath(path: string): string {
  return /\p{Cc}|[\u2028\u2029]/u.test(path) ? JSON.stringify(path) : path;
}

/** Masks `user:password@` of a URL or DSN, as far as the last `@`: a password may hold one. */
function withoutCredentials(text: string): string {
  const end = text.lastIndexOf('@');
  const credentials = text.slice(0, Math.max(end, 0));
  if (!credentials.includes(':')) return text;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(credentials)?.[0] ?? '';
  return `${scheme}${REDACTED}${text.slice(end)}`;
}
