/** What stands in a record in place of a secret. */
export const REDACTED = '[REDACTED]';

/** Words that make a field or a parameter a secret, wherever they stand in its name. */
export const SECRET_WORDS =
  'pass(?:word|wd|phrase|code)|pwd|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|credential|dsn';

// Every repetition is bounded, so the time is linear in the text: what is scrubbed may come from strangers.

/** `mysql://user:secret@host`, the secret may hold / # ? and @; `host:8080/path?mail=a@b` is no user and secret. */
const URL_SECRET = /([a-z][a-z\d+.-]{1,15}:\/\/[^\s:@/?#"<>]{0,128}):(?!\d{1,5}[/?#])[^\s"<>]{0,128}@/gi;
/** `https://token@host` */
const URL_USER = /([a-z][a-z\d+.-]{1,15}:\/\/)(?!\[REDACTED\])[^\s:@/?#"<>]{1,256}@/gi;
/** `user:secret@tcp(host:3306)/db`; the secret may hold spaces, but `Error: user@tcp(…)` is none. */
const GO_DSN_SECRET = /([\w.+%-]{1,64}):(?!\s)[^\n]{1,128}@([a-z]{2,8}6?\()/gi;
/** `user:secret@/db`, `user:secret@host:3306` */
const HOST_SECRET = /([\w.+%-]{1,64}):(?!\/\/)[^\s]{1,128}@(\/\w|[\w.-]{1,64}:\d)/gi;
/** `{"password":"…"}`, `password: '…'`; a text that was cut has no closing quote. */
const QUOTED_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}["']?\\s{0,4}[:=]\\s{0,4}(["'\`]))(?:(?!\\2)[^\\\\]|\\\\.){0,4096}`,
  'gi',
);
/** `?access_token=…&x=1`, `Password=…;` */
const PARAMETER = new RegExp(`((?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}=\\s{0,4})(?!["'\`])[^\\s&;,]{1,4096}`, 'gi');
/** `Password: s3cret`; a word of letters alone is prose, as in `token: expected a text`. */
const COLON_FIELD = new RegExp(
  `((?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}:\\s{1,4})(?=[^\\s,;"'\`]{0,64}[\\d!#$%^&*])[^\\s,;"'\`]{1,4096}`,
  'gi',
);
/** `Authorization: Bearer …`; a word without a digit is prose. */
const HEADER_VALUE = /\b(bearer|basic)\s{1,4}(?=[^\s]{0,64}[\d=])[\w.~+/=-]{6,4096}/gi;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----)[^-]{0,8192}/g;

/** What at least one rule needs; most texts have none of it and are done in some 50 ns. */
const SUSPICIOUS = new RegExp(`[@="'\`]|earer |asic |-----BEGIN|(?:${SECRET_WORDS})[\\w-]{0,64}\\s{0,4}:`, 'i');

/** What the rules of fields and parameters need. */
const WORD = new RegExp(SECRET_WORDS, 'i');

// The rules around an @ are dear and stay within a line; stack traces are full of lines like `at file:///app/@scope/x.js`.
/** What the rules of URLs need. */
const USER_INFO = /:\/\/[^\s:@/?#"<>]{0,256}[:@]/;
/** What the rules of DSNs need. */
const DSN_HOST = /@(?:[a-z]{2,8}6?\(|\/\w|[\w.-]{1,64}:\d)/i;

const LONGEST_TEXT = 8192;

/**
 * The text without credentials of URLs and DSNs, secret parameters, bearer tokens and private keys, cut after
 * `longest` characters.
 */
export function scrubText(text: string, longest = LONGEST_TEXT): string {
  if (text.length > longest) {
    return `${scrubText(text.slice(0, longest), longest)}… (${text.length - longest} more)`;
  }
  if (!SUSPICIOUS.test(text)) return text;
  const scrubbed = text.includes('@') ? text.split('\n').map(scrubLine).join('\n') : text;
  return (WORD.test(scrubbed) ? scrubFields(scrubbed) : scrubbed)
    .replace(HEADER_VALUE, `$1 ${REDACTED}`)
    .replace(PRIVATE_KEY, `$1${REDACTED}`);
}

function scrubLine(line: string): string {
  if (!line.includes('@')) return line;
  let scrubbed = line;
  if (USER_INFO.test(scrubbed)) {
    scrubbed = scrubbed.replace(URL_SECRET, `$1:${REDACTED}@`).replace(URL_USER, `$1${REDACTED}@`);
  }
  if (DSN_HOST.test(scrubbed)) {
    scrubbed = scrubbed.replace(GO_DSN_SECRET, `$1:${REDACTED}@$2`).replace(HOST_SECRET, `$1:${REDACTED}@$2`);
  }
  return scrubbed;
}

function scrubFields(text: string): string {
  return text
    .replace(QUOTED_FIELD, `$1${REDACTED}`)
    .replace(PARAMETER, `$1${REDACTED}`)
    .replace(COLON_FIELD, `$1${REDACTED}`);
}
