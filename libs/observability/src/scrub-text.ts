/** What stands in a record in place of a secret. */
export const REDACTED = '[REDACTED]';

/** Words that make a field or a parameter a secret, wherever they stand in its name. */
export const SECRET_WORDS =
  'pass(?:word|wd|phrase|code)|pwd|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|credential|dsn';

// Every repetition is bounded, so the time is linear in the text: what is scrubbed may come from strangers.

/** `mysql://user:secret@host`, the secret may hold / # ? and @; `host:8080/path?mail=a@b` is no user and secret. */
const URL_SECRET = /([a-z][a-z\d+.-]{1,15}:\/\/[^\s:@/?#"<>]{0,128}):(?!\d{1,5}[/?#])[^\s"<>]{0,128}@/gi;
/** `https://token@host` */
const URL_USER = /([a-z][a-z\d+.-]{1,15}:\/\/)(?!\[REDACTED\])[^\s:@/?#"<>]{1,2048}@/gi;
/** `user:secret@tcp(host:3306)/db`; the secret may hold spaces, but `Error: user@tcp(…)` is none. */
const GO_DSN_SECRET = /([\w.+%-]{1,64}):(?!\s)[^\n]{1,128}@([a-z]{2,8}6?\()/gi;
/** `user:secret@/db`, `user:secret@host:3306` */
const HOST_SECRET = /([\w.+%-]{1,64}):(?!\/\/)[^\s]{1,128}@(\/\w|[\w.-]{1,64}:\d)/gi;
/** Secrets longer than these rules look, as a cloud makes them: where such a word begins. They end at its last @. */
const LONG_WORD = /(?<![^\s"<>])[^\s"<>]{128,}/g;
const LONG_START = /((?:[a-z][a-z\d+.-]{1,15}:\/\/)?[^\s:@/?#"<>]{0,128}):(?!\/\/|\d{1,5}[/?#]|\[REDACTED\])/i;
/** `{"password":"…"}`, `password: '…'`; a text that was cut has no closing quote. */
const QUOTED_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}["']?\\s{0,4}[:=]\\s{0,4}(["'\`]))(?:(?!\\2)[^\\\\]|\\\\.){0,4096}`,
  'gi',
);
/** The same in JSON within JSON: `{\"password\":\"…\"}`. A quote inside of the secret has more backslashes. */
const ESCAPED_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}\\\\{1,8}["']\\s{0,4}[:=]\\s{0,4}(\\\\{1,8}["'\`]))(?:(?!(?<!\\\\)\\2)[^]){0,4096}`,
  'gi',
);
/** `{"password":123456}`, `{"token":["…"]}`: a name in quotes is never prose. */
const BARE_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}\\\\{0,8}["']\\s{0,4}:\\s{0,4})(?!\\[REDACTED\\])(?:[[{][^\\]}]{0,4096}[\\]}]?|-?\\d[\\w.+-]{0,64})`,
  'gi',
);
/** `?access_token=…&x=1`, `Password=…;` */
const PARAMETER = new RegExp(`((?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}=\\s{0,4})(?!["'\`])[^\\s&;,]{1,4096}`, 'gi');
/** `Password: s3cret`; a word of letters alone is prose, as in `token: expected a text`. */
const COLON_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}:\\s{1,4})(?=[^\\s,;"'\`]{0,64}[\\d!#$%^&*])[^\\s,;"'\`]{1,4096}`,
  'gi',
);
/** `Authorization: Basic …`, `Cookie: a=…; b=…`: the rest of the line. */
const HEADER_LINE =
  /(authorization\s{0,4}:\s{0,4}(?:basic|bearer|digest|negotiate|token|apikey|aws4-hmac-sha256)\s|cookie2?\s{0,4}:\s{0,4}(?=[^\s;=]{1,256}=))[^\r\n]{1,4096}/gi;
/** `Bearer …`; a word without a digit and without a capital inside is prose. */
const HEADER_VALUE = /\b([Bb]earer|BEARER|[Bb]asic|BASIC)\s{1,4}(?=\S{0,64}(?:[\d=]|[a-z][A-Z]))[\w.~+/=-]{6,4096}/g;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----)(?:(?!-----END)[^]){0,16384}/g;

/** What at least one rule needs; most texts have none of it and are done in some 50 ns. */
const SUSPICIOUS = new RegExp(`[@="'\`]|earer\\s|asic\\s|-----BEGIN|(?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}:`, 'i');

/** What the rules of fields and parameters need. */
const WORD = new RegExp(SECRET_WORDS, 'i');

// The rules around an @ are dear and stay within a line; stack traces are full of lines like `at file:///app/@scope/x.js`.
/** What the rules of URLs need. */
const USER_INFO = /:\/\/[^\s:@/?#"<>]{0,2048}[:@]/;
/** What the rules of DSNs need. */
const DSN_HOST = /@(?:[a-z]{2,8}6?\(|\/\w|[\w.-]{1,64}:\d)/i;

const LONGEST_TEXT = 8192;
/** Read beyond a cut: what tells that something is a secret may follow it, as the @ of a URL does. */
const BEYOND_CUT = 2048;

/**
 * The text without credentials of URLs and DSNs, secret parameters, bearer tokens and private keys, cut after about
 * `longest` characters.
 */
export function scrubText(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return scrub(text);
  const beyond = text.slice(0, longest + BEYOND_CUT);
  // As much is cut off as was read too much: a secret that is shorter now may not let in what was not read to its end.
  const kept = longest === 0 ? '' : scrub(beyond).slice(0, longest - beyond.length);
  return `${kept}… (${text.length - longest} more)`;
}

function scrub(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  const scrubbed = text.includes('@') ? text.split('\n').map(scrubLine).join('\n') : text;
  return (WORD.test(scrubbed) ? scrubFields(scrubbed) : scrubbed)
    .replace(HEADER_VALUE, `$1 ${REDACTED}`)
    .replace(PRIVATE_KEY, `$1${REDACTED}`);
}

function scrubLine(line: string): string {
  if (!line.includes('@')) return line;
  const hasUrl = USER_INFO.test(line);
  const hasDsn = DSN_HOST.test(line);
  let scrubbed = line;
  if (hasUrl) scrubbed = scrubbed.replace(URL_SECRET, `$1:${REDACTED}@`).replace(URL_USER, `$1${REDACTED}@`);
  if (hasDsn) scrubbed = scrubbed.replace(GO_DSN_SECRET, `$1:${REDACTED}@$2`).replace(HOST_SECRET, `$1:${REDACTED}@$2`);
  return hasUrl || hasDsn ? scrubbed.replace(LONG_WORD, scrubLongWord) : scrubbed;
}

function scrubLongWord(word: string): string {
  const start = LONG_START.exec(word);
  const host = word.lastIndexOf('@');
  if (!start || host < start.index + start[0].length) return word;
  if (!start[0].includes('://') && !DSN_HOST.test(word.slice(host))) return word;
  return `${word.slice(0, start.index + start[0].length)}${REDACTED}${word.slice(host)}`;
}

function scrubFields(text: string): string {
  return text
    .replace(HEADER_LINE, `$1${REDACTED}`)
    .replace(QUOTED_FIELD, `$1${REDACTED}`)
    .replace(ESCAPED_FIELD, `$1${REDACTED}`)
    .replace(BARE_FIELD, `$1${REDACTED}`)
    .replace(PARAMETER, `$1${REDACTED}`)
    .replace(COLON_FIELD, `$1${REDACTED}`);
}
