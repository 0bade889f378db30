import { DsnError } from '../database.errors.js';

const TRUE = new Set(['1', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'false', 'FALSE', 'False']);

/** The spellings that go-sql-driver takes, and no other. */
export function parseBoolean(name: string, text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new DsnError(`parameter ${name} is neither true nor false`);
}

const GO_UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const GO_DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const GO_DURATION_PART = /([\d.]+)(ns|us|µs|ms|s|m|h)/g;
/** Longest delay of a timer: beyond it Node would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A Go duration (`10s`, `1m30s`, `500ms`) in whole milliseconds; one that is not zero never becomes zero. */
export function parseGoDuration(name: string, text: string): number {
  if (text === '0') return 0;
  if (!GO_DURATION.test(text)) throw new DsnError(`parameter ${name} is not a duration such as 10s, 1m30s or 500ms`);
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(GO_DURATION_PART)) {
    total += Number(number) * (GO_UNITS[unit] ?? 0);
  }
  if (total > LONGEST_MS) throw new DsnError(`parameter ${name} is longer than 24 days`);
  return total === 0 ? 0 : Math.max(1, Math.round(total));
}

/** Percent-decodes; the form encoding's `+` stands for a space in parameters only. */
export function decode(what: string, text: string, plusIsSpace = false): string {
  try {
    return decodeURIComponent(plusIsSpace ? text.replaceAll('+', ' ') : text);
  } catch {
    throw new DsnError(`${what} holds a percent sign that does not begin an escaped character, such as %2F`);
  }
}

const OFFSET = /^[+-](?:0\d|1[0-4]):[0-5]\d$/;

/** The driver knows UTC, the process's own zone and fixed offsets; a zone with daylight saving time is refused. */
export function parseTimezone(text: string): 'Z' | 'local' | `${'+' | '-'}${string}` {
  if (text === '' || text === 'UTC' || text === 'Z') return 'Z';
  if (text.toLowerCase() === 'local') return 'local';
  if (OFFSET.test(text)) return text as `+${string}`;
  const offsets = offsetsOfYear(text);
  const [offset] = offsets;
  if (offset === undefined) throw new DsnError('parameter loc names no known time zone');
  if (offsets.size > 1) {
    throw new DsnError(
      'parameter loc names a zone with daylight saving time, and the driver knows only fixed offsets',
      'use loc=UTC, or loc=Local and set TZ for the process',
    );
  }
  return offset;
}

/** Every offset that the zone has in the middle of a month of this year; empty for an unknown zone. */
function offsetsOfYear(timeZone: string): Set<`+${string}`> {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return new Set();
  }
  const year = new Date().getUTCFullYear();
  const offsetIn = (month: number): `+${string}` => {
    const parts = format.formatToParts(new Date(Date.UTC(year, month, 15)));
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    return (name === 'GMT' ? '+00:00' : name.replace('GMT', '')) as `+${string}`;
  };
  return new Set(Array.from({ length: 12 }, (_, month) => offsetIn(month)));
}

const VARIABLE_NAME = /^[a-z_][a-z0-9_.]{0,63}$/i;
const VARIABLE_VALUE = /^(?:-?\d+(?:\.\d+)?|ON|OFF|TRUE|FALSE|NULL|DEFAULT|'[^'\\]*'|"[^"\\]*")$/i;

/** Any other parameter is a system variable, as in Go; what is not a plain literal never gets into a statement. */
export function parseSessionVariable(name: string, value: string): string {
  if (!VARIABLE_NAME.test(name)) throw new DsnError('a parameter name is not a name');
  if (!VARIABLE_VALUE.test(value)) {
    throw new DsnError(
      `parameter ${name} is taken for a system variable, and its value is neither a number nor a quoted text`,
      `write ${name}=%27value%27, or correct the name of the parameter`,
    );
  }
  return `${name} = ${value}`;
}

const ATTRIBUTE = /^([^:]*):(.*)$/s;

/** `name1:value1,name2:value2`. */
export function parseAttributes(text: string): Record<string, string> {
  const pairs = text
    .split(',')
    .map((pair) => ATTRIBUTE.exec(pair))
    .filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name.trim(), value]));
}
