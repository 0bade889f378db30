const LITERAL = /^'(?:[^'\\]|''|\\.)*'$/s;
const NUMERIC = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double|year|bit)\b/;

/** Whether two defaults, as SQL text, are the same for a column of this type. */
export function sameDefault(one: string | undefined, other: string | undefined, type: string): boolean {
  return comparable(one, type) === comparable(other, type);
}

const LITERALS = /'(?:[^'\\]|''|\\.)*'/gs;
const VARYING = /\b(?:(?:current_|session_|system_)?user|connection_id|rand|random_bytes|sysdate|uuid(?:_short)?)\b/i;

/**
 * Whether a default, as SQL text, has a function that MySQL and TiDB refuse in ADD COLUMN, as replicas would fill the
 * rows with other values: https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html#data-type-defaults-explicit
 */
export function variesByRow(text: string): boolean {
  return VARYING.test(text.replaceAll(LITERALS, ''));
}

function comparable(text: string | undefined, type: string): string | undefined {
  if (text === undefined) return undefined;
  const bare = text
    .trim()
    .replace(/^\((.*)\)$/s, '$1')
    .replace(/^_utf8(?:mb[34])?(?=\\?')/, '')
    .trim();
  if (/^null$/i.test(bare)) return undefined;
  const isLiteral = LITERAL.test(bare);
  const value = isLiteral ? literalValue(bare) : bare;
  if (NUMERIC.test(type)) return number(value);
  return isLiteral ? `'${value}` : expression(bare);
}

function literalValue(literal: string): string {
  return literal.slice(1, -1).replaceAll("''", "'").replaceAll(/\\(.)/gs, '$1');
}

function number(value: string): string {
  const truth = /^(?:true|false)$/i.exec(value)?.[0].toLowerCase();
  if (truth) return truth === 'true' ? '1' : '0';
  const bits = /^b'([01]+)'$/i.exec(value)?.[1];
  const parsed = bits ? Number.parseInt(bits, 2) : Number(value);
  return Number.isNaN(parsed) ? expression(value) : String(parsed);
}

/** Servers write expressions back with other case, quotes and parentheses. */
function expression(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/_utf8(?:mb[34])?(?=\\?')/g, '')
    .replaceAll(/[\s()`\\]/g, '')
    .replace(/^(?:now|localtime|localtimestamp)(?=\d*$)/, 'current_timestamp');
}
