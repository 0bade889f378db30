import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DsnError } from '../database.errors.js';
import { parseDsn, redactDsn } from './parse-dsn.js';

const SPECIAL = [
  '@',
  ':',
  '/',
  '?',
  '#',
  '%',
  '&',
  '=',
  '+',
  '(',
  ')',
  ' ',
  "'",
  '"',
  '`',
  '\\',
  '[',
  ']',
  'é',
  '密',
  '🔑',
];
/** No lone half of a character, which no environment can hold, and no zero byte. */
const anyText = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...SPECIAL, 'a', '1') }))
  .map((text) => text.replaceAll('\0', ''));

const host = fc.oneof(fc.domain(), fc.ipV4(), fc.constant('localhost'));
/** In its shortest form, to which a URL brings it. */
const ipV6 = fc.ipV6().map((address) => new URL(`http://[${address}]`).hostname.slice(1, -1));
const tcp = fc.record({ host: fc.oneof(host, ipV6), port: fc.integer({ min: 1, max: 65_535 }) });
const unix = fc.record({ socketPath: fc.stringMatching(/^(?:\/[\w.() -]{1,8}){1,3}$/) });
const bracketed = (name: string): string => (name.includes(':') ? `[${name}]` : name);

const quoted = fc.stringMatching(/^[A-Za-z0-9_,+: ]{0,12}$/).map((text) => `'${text}'`);
const parameters = fc.record(
  {
    charset: fc.constantFrom('utf8mb4', 'latin1'),
    loc: fc.constantFrom('UTC', 'Local', 'Asia/Shanghai'),
    timeout: fc.integer({ min: 1, max: 1e6 }).map((ms) => `${ms}ms`),
    parseTime: fc.constantFrom('true', 'false'),
    compress: fc.constantFrom('1', '0'),
    tls: fc.constantFrom('true', 'skip-verify', 'preferred'),
    sql_mode: quoted,
  },
  { requiredKeys: [] },
);

const parts = fc.record({
  // The first colon ends it.
  user: anyText.map((text) => text.replaceAll(':', '').trimStart()),
  password: fc.option(anyText, { nil: undefined }),
  address: fc.oneof(tcp, unix),
  database: anyText.filter((text) => text !== ''),
  parameters,
});
type Parts = typeof parts extends fc.Arbitrary<infer P> ? P : never;

/** As go-sql-driver writes a DSN: credentials as they are, the name path-escaped, values query-escaped. */
function formatGo({ user, password, address, database, parameters: given }: Parts): string {
  const credentials = password === undefined ? user : `${user}:${password}`;
  const where = 'host' in address ? `tcp(${bracketed(address.host)}:${address.port})` : `unix(${address.socketPath})`;
  return `${credentials}@${where}/${encodeURIComponent(database)}${query(given)}`;
}

function formatUrl({ user, password, address, database, parameters: given }: Parts): string {
  const credentials = `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ''}`;
  const where = 'host' in address ? `${bracketed(address.host)}:${address.port}` : 'localhost';
  const socket = 'host' in address ? {} : { socket: address.socketPath };
  return `mysql://${credentials}@${where}/${encodeURIComponent(database)}${query({ ...given, ...socket })}`;
}

function query(given: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(given).map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length > 0 ? `?${pairs.toSorted().join('&')}` : '';
}

function expectedOf({ address, database, parameters: given }: Parts): object {
  const zone = { UTC: 'Z', Local: 'local', 'Asia/Shanghai': '+08:00' }[given.loc ?? 'UTC'];
  return {
    kind: 'mysql',
    address,
    database,
    charset: given.charset,
    timezone: zone,
    connectTimeoutMs: given.timeout && Number.parseInt(given.timeout, 10),
    dateStrings: given.parseTime === 'false',
    compress: given.compress === '1',
    sessionVariables: given.sql_mode === undefined ? [] : [`sql_mode = ${given.sql_mode}`],
  };
}

/** What every URL takes for the folder itself, or for the one above it, in whatever form. */
const IS_FOLDER = /^\.{1,2}$/;
const LOOKS_OTHER = /^(?:[a-z][a-z0-9+.-]*:\/\/|sqlite:)/i;

describe('a DSN', () => {
  it('of the Go form gives the parts that it was made of', () => {
    fc.assert(
      fc.property(
        parts.filter((each) => !LOOKS_OTHER.test(formatGo(each))),
        (each) => {
          const { user, password } = each;
          expect(parseDsn(formatGo(each))).toMatchObject({ ...expectedOf(each), user, password });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of the URL form gives the parts that it was made of', () => {
    fc.assert(
      fc.property(
        parts.filter(({ database }) => !IS_FOLDER.test(database)),
        (each) => {
          const credentials = { user: each.user || undefined, password: each.password || undefined };
          expect(parseDsn(formatUrl(each))).toMatchObject({ ...expectedOf(each), ...credentials });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of SQLite gives its file', () => {
    const file = anyText.map((text) => text.replaceAll('?', '').trim()).filter((text) => /^[^/]/.test(text));
    fc.assert(fc.property(file, (name) => expect(parseDsn(`sqlite:${name}`)).toEqual({ kind: 'sqlite', file: name })));
  });
});

/** Letters that make no word of any message, between what a form could stumble over. */
const secret = fc
  .array(fc.constantFrom('Q', 'X', 'Z', 'J', 'K', 'V', '@', ':', '/', '?', '#', '%', '&', '=', '+', '(', ')'), {
    minLength: 6,
    maxLength: 16,
  })
  .map((units) => `Q${units.join('')}`);

/** Every piece of four characters: longer ones hold one. */
const pieces = (text: string): string[] =>
  Array.from({ length: text.length - 3 }, (_, at) => text.slice(at, at + 4)).flatMap((piece) => [
    piece,
    encodeURIComponent(piece),
  ]);

const FORMS: readonly ((password: string) => readonly [string, string])[] = [
  (password) => [`user:${password}`, '@tcp(db:3306)/shop?parseTime=true&loc=UTC'],
  (password) => [`user:${password}`, '@unix(/run/s.sock)/shop?tls=true'],
  (password) => [`mysql://user:${password}`, '@db:3306/shop?timeout=5s'],
  (password) => [`mysql://user:${encodeURIComponent(password)}`, '@db:3306/shop?timeout=5s'],
  (password) => [`mariadb://user:${password}`, '@[::1]:3306/shop'],
];

/** A typing mistake behind the password: something left out, or put in. */
const mistake = fc.record({
  at: fc.nat(60),
  left: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom('', '@', '/', '?', '#', '%zz', '(', ')', ':', '=x', '&strict=1'),
    fc.string({ maxLength: 3 }),
  ),
});

/** Everything that an error can be seen by. */
const seen = (error: unknown): string => {
  const { message, stack, cause } = error as Error;
  return [message, stack, inspect(cause), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)].join(
    '\n',
  );
};

function errorOf(dsn: string): unknown {
  try {
    parseDsn(dsn);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a malformed DSN', () => {
  // The places in a stack hold nothing of a DSN, and finding them takes most of the time.
  const frames = Error.stackTraceLimit;
  beforeAll(() => void (Error.stackTraceLimit = 0));
  afterAll(() => void (Error.stackTraceLimit = frames));

  it('is told by a DsnError without any part of its password, and redacted without one', () => {
    let refused = 0;
    fc.assert(
      fc.property(secret, fc.constantFrom(...FORMS), mistake, (password, form, { at, left, put }) => {
        const [head, tail] = form(password);
        const dsn = head + tail.slice(0, at) + put + tail.slice(at + left);
        const error = errorOf(dsn);
        if (error !== undefined) {
          refused++;
          expect(error).toBeInstanceOf(DsnError);
          const told = seen(error);
          expect(pieces(password).filter((piece) => told.includes(piece))).toEqual([]);
        }
        const redacted = redactDsn(dsn);
        if (dsn.includes('@', head.length)) {
          expect(pieces(password).filter((piece) => redacted.includes(piece))).toEqual([]);
        }
      }),
      { numRuns: 800 },
    );
    expect(refused).toBeGreaterThan(80);
  });

  it('is told by nothing else where it is cut off anywhere, or is any text at all', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...FORMS), fc.nat(60), anyText, (password, form, length, text) => {
        const error = errorOf(form(password).join('').slice(0, length));
        if (error !== undefined) {
          expect(error).toBeInstanceOf(DsnError);
          const told = seen(error);
          expect(pieces(password).filter((piece) => told.includes(piece))).toEqual([]);
        }
        expect([undefined, DsnError]).toContain((errorOf(text) as Error | undefined)?.constructor);
      }),
      { numRuns: 300 },
    );
  });
});
