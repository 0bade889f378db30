import { QuotedNames } from './quoted-names.js';

const LONGEST_READ = 10_000;
const LONGEST = 500;

/**
 * In MySQL `"…"` is a text and a backslash escapes, unless its `sql_mode` says otherwise; in SQLite `"…"` is a name or a
 * text, and a backslash is itself. `standard` is for any other: what is read differently from one to another ends the
 * fingerprint.
 */
export type SqlDialect = 'mysql' | 'sqlite' | 'standard';

// In order: comments, texts, names in quotes, words, numbers and what hangs on them, white space. One that is not closed
// goes to the end. Nothing is tried in more than two ways, so that no text makes this slow.
const MYSQL =
  /\/\*[\s\S]*?(?:\*\/|$)|(?:--(?=[\0-\x20\x7f]|$)|#)[^\n]*|'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)|`(?:[^`]|``)*`|[\p{L}_@$][\p{L}\p{N}_@$]*|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
const SQLITE =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}_@$][\p{L}\p{N}_@$]*|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
const STANDARD =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|[nN]?[qQ]'|[\p{L}_@][\p{L}\p{N}_@$]*|\$\p{N}+|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
/**
 * Behind these two readings part, or nobody knows where a name ends. In MySQL a quote behind a backslash, which closes the
 * text with NO_BACKSLASH_ESCAPES, and a comment that is run and holds more than words; its Spanner has texts in three
 * quotes. In others a comment in a comment, a backslash, `$$…$$` of PostgreSQL, `q'[…]'` of Oracle, a return that may
 * end a comment.
 */
const MYSQL_UNSURE = /^(['"])[^\\]*(?:\\(?!\1)[\s\S][^\\]*)*\\\1|^(?:'{3}|"{3})|^`$|^\/\*M?!(?![^'"`#/*-]*(?:\*\/|$))/u;
const SQLITE_UNSURE = /^["`[]$|^\/\*[\s\S]*\/\*/u;
const STANDARD_UNSURE = /\\|^"$|^\$(?!\p{N})|^[nN]?[qQ]'|^\/\*[\s\S]*\/\*|^--[^\n]*\r(?!$)/u;

const VALUE = String.raw`(?:[-+]?\?|NULL|DEFAULT|TRUE|FALSE)`;
const LIST = new RegExp(String.raw`\( ?${VALUE}(?: ?, ?${VALUE})* ?\)`, 'gi');
const ROWS = /\(\?\)(?: ?, ?\(\?\))+/g;

const DIALECTS = {
  mysql: {
    tokens: MYSQL,
    blank: /^(?:\s|\/\*|--[\0-\x20\x7f]|--$|#)/,
    value: /^(?:['"]|\.?\p{N})/u,
    unsure: MYSQL_UNSURE,
  },
  sqlite: { tokens: SQLITE, blank: /^(?:\s|\/\*|--)/, value: /^(?:'|\.?\p{N})/u, unsure: SQLITE_UNSURE },
  standard: { tokens: STANDARD, blank: /^(?:\s|\/\*|--)/, value: /^(?:'|\.?\p{N})/u, unsure: STANDARD_UNSURE },
};

/**
 * A statement without what differs from one time to the next: literals and lists of them are `?`, comments are gone, white
 * space is one blank. No value is in it: it ends where a text may be read in two ways. At most about 500 characters long;
 * never throws.
 */
export function fingerprint(sql: string, dialect: SqlDialect = 'mysql'): string {
  const { tokens, blank, value, unsure } = DIALECTS[dialect];
  const names = dialect === 'sqlite' ? new QuotedNames(sql) : undefined;
  let told = '';
  for (const match of sql.slice(0, LONGEST_READ).matchAll(tokens)) {
    const [token] = match;
    if (unsure.test(token)) {
      told += '…';
      break;
    }
    if (blank.test(token)) {
      if (!told.endsWith(' ')) told += ' ';
      continue;
    }
    const isKnown = names?.read(token, match.index + token.length) ?? true;
    told += isKnown && !value.test(token) ? token : '?';
  }
  const folded = told.replace(LIST, '(?)').replace(ROWS, '(?)').trim();
  return folded.length <= LONGEST ? folded : `${folded.slice(0, LONGEST)}…`;
}
