const LONGEST_READ = 10_000;
const LONGEST = 500;

/**
 * In MySQL `"…"` is a text and a backslash escapes; in SQLite it is a name and a backslash is itself. `standard` is for
 * any other: what is read differently from one to another ends the fingerprint.
 */
export type SqlDialect = 'mysql' | 'sqlite' | 'standard';

// In order: comments, texts, names in quotes, words, numbers and what hangs on them, white space. One that is not closed
// goes to the end. Alternatives begin with different characters, so that no text makes this slow.
const MYSQL =
  /\/\*[\s\S]*?(?:\*\/|$)|(?:--(?=\s|$)|#)[^\n]*|'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)|`(?:[^`]|``)*`|[\p{L}_@$][\p{L}\p{N}_@$]*|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
const SQLITE =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}_@$][\p{L}\p{N}_@$]*|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
const STANDARD =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|[nN]?[qQ]'|[\p{L}_@][\p{L}\p{N}_@$]*|\$\p{N}+|\.?\p{N}[\p{L}\p{N}_.]*|\s+|[\s\S]/gu;
/** A backslash, `$$…$$` of PostgreSQL, `q'[…]'` of Oracle, a comment in a comment. */
const UNSURE = /\\|^\$(?!\p{N})|^[nN]?[qQ]'|^\/\*[\s\S]*\/\*/u;
const NEVER = /(?!)/;

const VALUE = String.raw`(?:[-+]?\?|NULL|DEFAULT|TRUE|FALSE)`;
const LIST = new RegExp(String.raw`\( ?${VALUE}(?: ?, ?${VALUE})* ?\)`, 'gi');
const ROWS = /\(\?\)(?: ?, ?\(\?\))+/g;

const DIALECTS = {
  mysql: { tokens: MYSQL, blank: /^(?:\s|\/\*|--(?:\s|$)|#)/, value: /^(?:['"]|\.?\p{N})/u, unsure: NEVER },
  sqlite: { tokens: SQLITE, blank: /^(?:\s|\/\*|--)/, value: /^(?:'|\.?\p{N})/u, unsure: NEVER },
  standard: { tokens: STANDARD, blank: /^(?:\s|\/\*|--)/, value: /^(?:'|\.?\p{N})/u, unsure: UNSURE },
};

/**
 * A statement without what differs from one time to the next: literals and lists of them are `?`, comments are gone, white
 * space is one blank. No value is in it. At most about 500 characters long; never throws.
 */
export function fingerprint(sql: string, dialect: SqlDialect = 'mysql'): string {
  const { tokens, blank, value, unsure } = DIALECTS[dialect];
  let told = '';
  for (const [token] of sql.slice(0, LONGEST_READ).matchAll(tokens)) {
    if (unsure.test(token)) {
      told += '…';
      break;
    }
    if (value.test(token)) told += '?';
    else if (!blank.test(token)) told += token;
    else if (!told.endsWith(' ')) told += ' ';
  }
  const folded = told.replace(LIST, '(?)').replace(ROWS, '(?)').trim();
  return folded.length <= LONGEST ? folded : `${folded.slice(0, LONGEST)}…`;
}
