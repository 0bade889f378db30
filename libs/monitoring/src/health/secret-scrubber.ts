const LONGEST = 500;
/** What is read at all: the patterns below need more time for longer text. */
const LONGEST_READ = 4000;

// Too much is taken rather than too little: up to the last @ of a word, as a password may hold one itself.
const RULES: readonly [RegExp, string][] = [
  // scheme://user:password@host
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>]*@/gi, '$1***@'],
  // user:password@tcp(host:3306)/database, the form of Go's drivers
  [/(?<![^\s:@"'(])[^\s:@"'(]*:[^\n]*@(?=(?:tcp|unix|tls)\()/gi, '***@'],
  // Bearer abc, Basic abc
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 ***'],
  // password=…, "api_key": "…", secret: …
  [
    /((?:password|passwd|pwd|secret|token|api[_-]?key|private[_-]?key|credentials?)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&"')}]+)/gi,
    '$1***',
  ],
];

/** The text on one line, shortened, without credentials of URLs and DSNs, tokens and values of password-like fields. */
export function scrub(text: string): string {
  const scrubbed = RULES.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text.slice(0, LONGEST_READ));
  const line = scrubbed.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
