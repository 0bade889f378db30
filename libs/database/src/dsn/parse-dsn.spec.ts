import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DsnError } from '../database.errors.js';
import type { MysqlDsn } from './dsn.js';
import { parseDsn, redactDsn } from './parse-dsn.js';

const at = (host: string, port: number) => ({ address: { host, port } });
const IDENTITY = { verify: 'identity', fallback: false, config: undefined };

describe('parseDsn in the Go form', () => {
  it.each<[string, Partial<MysqlDsn>]>([
    ['root:secret@tcp(db:3307)/shop', { user: 'root', password: 'secret', database: 'shop', ...at('db', 3307) }],
    ['root@tcp(db)/shop', { user: 'root', password: undefined, ...at('db', 3306) }],
    ['root:@tcp(db)/shop', { user: 'root', password: '' }],
    ['tcp(db)/shop', { user: undefined, password: undefined }],
    ['@/shop', { user: '', ...at('127.0.0.1', 3306) }],
    ['/shop', at('127.0.0.1', 3306)],
    ['u@tcp/shop', at('127.0.0.1', 3306)],
    ['u@tcp([::1]:3308)/shop', at('::1', 3308)],
    ['u@tcp6([2001:db8::1])/shop', at('2001:db8::1', 3306)],
    ['u:p@unix(/run/mysqld/mysqld.sock)/shop', { address: { socketPath: '/run/mysqld/mysqld.sock' } }],
    ['u@unix/shop', { address: { socketPath: '/tmp/mysql.sock' } }],
    ['u:p@ss:w/rd@tcp(db)/shop', { user: 'u', password: 'p@ss:w/rd' }],
    ['u:p%40x@tcp(db)/shop', { password: 'p%40x' }],
    ['u:p@tcp(db)/sh%6Fp', { database: 'shop' }],
    ['  u:p@tcp(db)/shop\n', { password: 'p', database: 'shop' }],
  ])('reads %j', (dsn, expected) => {
    expect(parseDsn(dsn)).toMatchObject({ kind: 'mysql', ...expected });
  });

  it.each<[string, Partial<MysqlDsn>]>([
    ['charset=utf8mb4,utf8', { charset: 'utf8mb4' }],
    ['charset=utf8mb4&collation=utf8mb4_unicode_ci', { charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci' }],
    ['parseTime=True', { dateStrings: false }],
    ['parseTime=false', { dateStrings: true }],
    ['loc=UTC', { timezone: 'Z' }],
    ['loc=', { timezone: 'Z' }],
    ['loc=Local', { timezone: 'local' }],
    ['loc=Asia%2FShanghai', { timezone: '+08:00' }],
    ['loc=Africa%2FAbidjan', { timezone: '+00:00' }],
    ['loc=%2B05:30', { timezone: '+05:30' }],
    ['timeout=5s', { connectTimeoutMs: 5000 }],
    ['timeout=1m30s', { connectTimeoutMs: 90_000 }],
    ['timeout=.5s', { connectTimeoutMs: 500 }],
    ['timeout=1us', { connectTimeoutMs: 1 }],
    ['timeout=0', { connectTimeoutMs: 0 }],
    ['tls=true', { tls: IDENTITY as MysqlDsn['tls'] }],
    ['tls=false', { tls: false }],
    ['readTimeout=30s', { queryTimeoutMs: 30_000 }],
    ['writeTimeout=2s', { queryTimeoutMs: 2000 }],
    ['writeTimeout=2s&readTimeout=3s', { queryTimeoutMs: 3000 }],
    ['readTimeout=0', { queryTimeoutMs: 0 }],
    ['tls=skip-verify', { tls: { verify: 'nothing', fallback: false, config: undefined } }],
    ['tls=preferred', { tls: { verify: 'nothing', fallback: true, config: undefined } }],
    ['allowFallbackToPlaintext=1&tls=true', { tls: { verify: 'identity', fallback: true, config: undefined } }],
    ['multiStatements=true', { multipleStatements: true }],
    ['clientFoundRows=false', { foundRows: false }],
    ['compress=true', { compress: true }],
    ['allowCleartextPasswords=1', { allowCleartextPasswords: true }],
    ['connectionAttributes=program:shop,region:eu', { connectAttributes: { program: 'shop', region: 'eu' } }],
    ['sql_mode=%27ANSI%27', { sessionVariables: ["sql_mode = 'ANSI'"] }],
    [
      'time_zone=%27%2B00%3A00%27&wait_timeout=30',
      {
        sessionVariables: ["time_zone = '+00:00'", 'wait_timeout = 30'],
      },
    ],
    ['allowAllFiles=false&allowOldPasswords=0', { notes: [] }],
    ['noequals&&', { sessionVariables: [], notes: [] }],
  ])('understands ?%s', (parameters, expected) => {
    expect(parseDsn(`u:p@tcp(db)/shop?${parameters}`)).toMatchObject(expected);
  });

  it.each([
    'interpolateParams=true',
    'tinyInt1IsBool=1',
    'columnsWithAlias=false',
    'checkConnLiveness=true',
    'allowNativePasswords=true',
    'maxAllowedPacket=0',
    'serverPubKey=k',
    'timeTruncate=1ms',
    'rejectReadOnly=true',
  ])('accepts ?%s and says that it has no effect', (parameter) => {
    const { notes } = parseDsn(`u:p@tcp(db)/shop?${parameter}`) as MysqlDsn;

    expect(notes).toEqual([expect.stringMatching(/^\w+ has no effect: /)]);
  });

  it('finds a registered TLS configuration by its name', () => {
    const tlsConfigs = { internal: { ca: 'PEM' } };

    expect(parseDsn('u:p@tcp(db)/shop?tls=internal', { tlsConfigs })).toMatchObject({
      tls: { verify: 'identity', fallback: false, config: { ca: 'PEM' } },
    });
  });
});

describe('parseDsn in the URL form', () => {
  it.each<[string, Partial<MysqlDsn>]>([
    ['mysql://root:secret@db:3307/shop', { user: 'root', password: 'secret', database: 'shop', ...at('db', 3307) }],
    ['mariadb://db/shop', { user: undefined, ...at('db', 3306) }],
    ['tidb://db/shop', at('db', 4000)],
    ['mysqls://db/shop', { tls: IDENTITY as MysqlDsn['tls'] }],
    ['mysqls://db/shop?tls=skip-verify', { tls: { verify: 'nothing', fallback: false, config: undefined } }],
    ['mysql:///shop', at('127.0.0.1', 3306)],
    ['mysql://u:p%40ss%3Aw%2Frd@db/sh%6Fp', { user: 'u', password: 'p@ss:w/rd', database: 'shop' }],
    ['mysql://u@[::1]:3308/shop', at('::1', 3308)],
    ['mysql://u@localhost/shop?socket=/run/mysqld.sock', { address: { socketPath: '/run/mysqld.sock' } }],
    ['mysql://db/shop?ssl-mode=VERIFY_IDENTITY', { tls: IDENTITY as MysqlDsn['tls'] }],
    ['mysql://db/shop?sslmode=verify_ca', { tls: { verify: 'issuer', fallback: false, config: undefined } }],
    ['mysql://db/shop?ssl-mode=REQUIRED', { tls: { verify: 'nothing', fallback: false, config: undefined } }],
    ['mysql://db/shop?ssl-mode=PREFERRED', { tls: { verify: 'nothing', fallback: true, config: undefined } }],
    ['mysql://db/shop?ssl-mode=DISABLED', { tls: false }],
    ['mysql://db/shop?ssl={"rejectUnauthorized":true}', { tls: IDENTITY as MysqlDsn['tls'] }],
    ['mysql://db/shop?connectTimeout=2500', { connectTimeoutMs: 2500 }],
    ['mysql://db/shop?timezone=%2B02:00&charset=utf8mb4', { timezone: '+02:00', charset: 'utf8mb4' }],
  ])('reads %j', (dsn, expected) => {
    expect(parseDsn(dsn)).toMatchObject({ kind: 'mysql', ...expected });
  });
});

describe('parseDsn for SQLite', () => {
  it.each([
    ['sqlite:./data/shop.db', './data/shop.db'],
    ['sqlite:///var/shop.db', '/var/shop.db'],
    ['sqlite://shop.db', 'shop.db'],
    ['sqlite::memory:', ':memory:'],
    ['SQLite::memory:', ':memory:'],
    [':memory:', ':memory:'],
  ])('reads %j', (dsn, file) => {
    expect(parseDsn(dsn)).toEqual({ kind: 'sqlite', file });
  });
});

describe('parseDsn refuses', () => {
  it.each([
    ['', /empty/],
    ['   ', /empty/],
    ['shop', /no slash/],
    ['u:p@tcp(db)/', /names no database/],
    ['mysql://db', /names no database/],
    ['u:p@tcp(db/shop', /does not end/],
    ['u:p@tcp(db)/shop?loc=US/Eastern', /does not end/],
    ['u:p@pipe(x)/shop', /neither tcp/],
    ['u:p@db:3306/shop', /neither tcp/],
    ['u:p@tcp(::1)/shop', /not host:port/],
    ['u:p@tcp(db:0)/shop', /1 to 65535/],
    ['u:p@tcp(db:70000)/shop', /1 to 65535/],
    ['u:p@tcp(db)/sh%op', /percent sign/],
    ['u:p@tcp(db)/shop?loc=%zz', /percent sign/],
    ['u:p@tcp(db)/shop?loc=Europe%2FBerlin', /daylight saving/],
    ['u:p@tcp(db)/shop?loc=Middle%2FEarth', /no known time zone/],
    ['u:p@tcp(db)/shop?timeout=5', /timeout is not a duration/],
    ['u:p@tcp(db)/shop?timeout=-5s', /timeout is not a duration/],
    ['u:p@tcp(db)/shop?timeout=9999h', /longer than 24 days/],
    ['u:p@tcp(db)/shop?parseTime=yes', /parseTime is neither/],
    ['u:p@tcp(db)/shop?charset=utf8;DROP', /charset is not a name/],
    ['u:p@tcp(db)/shop?charset=utf8mb4&collation=latin1_swedish_ci', /does not belong/],
    ['u:p@tcp(db)/shop?tls=internal', /not registered/],
    ['u:p@tcp(db)/shop?tls=constructor', /not registered/],
    ['u:p@tcp(db)/shop?allowAllFiles=true', /allowAllFiles is refused/],
    ['u:p@tcp(db)/shop?allowOldPasswords=1', /allowOldPasswords is refused/],
    ['u:p@tcp(db)/shop?strict=true', /strict was removed/],
    ['u:p@tcp(db)/shop?sql_mode=ANSI', /sql_mode is taken for a system variable/],
    ["u:p@tcp(db)/shop?sql_mode='a';DROP TABLE x", /sql_mode is taken/],
    ['u:p@tcp(db)/shop?a%20b=1', /not a name/],
    ['postgres://u:p@db/shop', /scheme/],
    ['mysql://u:p@db:99999/shop', /not a valid URL/],
    ['mysql://u:p@ss@d b/shop', /valid URL|percent-encoded/],
    ['mysql://u:12/se?c=ret@db/shop', /percent-encoded/],
    ['mysql://u:12#secret@db/shop', /percent-encoded/],
    ['mysql://db/shop/other', /percent-encoded/],
    ['sqlite:', /names no file/],
    ['sqlite:./f.db?mode=ro', /no parameters/],
  ])('%j', (dsn, why) => {
    expect(() => parseDsn(dsn)).toThrow(DsnError);
    expect(() => parseDsn(dsn)).toThrow(why);
  });

  it('a value that is not a text', () => {
    expect(() => parseDsn(undefined as unknown as string)).toThrow(DsnError);
  });
});

describe('parseDsn under any input', () => {
  it('throws nothing but DsnError', () => {
    const pieces = fc.constantFrom(
      'mysql://',
      'sqlite:',
      'u:',
      'p@',
      'tcp(',
      ')',
      '/',
      '?',
      '&',
      '=',
      'tls',
      'loc',
      '%',
      '[::1]',
      'Local',
      ':3306',
      '__proto__',
      'toString',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          text.map((parts) => parts.join('')),
        ),
        (dsn) => {
          try {
            expect(['mysql', 'sqlite']).toContain(parseDsn(dsn).kind);
          } catch (error) {
            expect(error).toBeInstanceOf(DsnError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const SECRET = 'Xq7zK9';
  const special = fc.string({ unit: fc.constantFrom(...'1/?#@:%=&+a ()'.split('')), maxLength: 5 });
  const password = fc.tuple(special, special).map(([before, after]) => `${before}${SECRET}${after}`);
  const parameter = fc.constantFrom(
    '',
    '?tls=nobody',
    '?loc=Europe%2FBerlin',
    '?timeout=x',
    '?a=b&c',
    '?strict=1',
    '/x',
    '?x=a/b',
  );

  it('prints the password neither in an error nor when redacted, whatever stands in it', () => {
    fc.assert(
      fc.property(password, parameter, fc.constantFrom('go', 'raw-url', 'url'), (secret, tail, form) => {
        const escaped = encodeURIComponent(secret.toWellFormed());
        const dsn =
          form === 'go'
            ? `user:${secret}@tcp(db:3306)/shop${tail}`
            : `mysql://user:${form === 'url' ? escaped : secret}@db:3306/shop${tail}`;
        expect(redactDsn(dsn)).not.toContain(SECRET);
        try {
          parseDsn(dsn);
        } catch (error) {
          expect(error).toBeInstanceOf(DsnError);
          expect(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain(SECRET);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the password back as it was written, escaped in a URL and raw in the Go form', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => text.trim() === text),
        (secret) => {
          expect(parseDsn(`user:${secret}@tcp(db:3306)/shop`)).toMatchObject({ password: secret });
          const url = `mysql://user:${encodeURIComponent(secret)}@db:3306/shop`;
          expect(parseDsn(url)).toMatchObject({ password: secret });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['user', 'a.b', 'x-y'])('takes a password of the user %j that begins with slashes for no URL', (user) => {
    expect(parseDsn(`${user}://!@tcp(db:3306)/shop`)).toMatchObject({ user, password: '//!' });
    expect(parseDsn(`${user}://@x@unix(/run/s.sock)/shop`)).toMatchObject({ user, password: '//@x' });
    expect(() => parseDsn(`${user}://!@db:3306/shop`)).toThrow('its scheme is not mysql');
  });
});

describe('redactDsn', () => {
  it.each([
    ['root:secret@tcp(db:3307)/shop?tls=true', 'mysql://root:***@db:3307/shop'],
    ['root@tcp([::1])/shop', 'mysql://root@[::1]:3306/shop'],
    ['mariadb://u:secret@db/shop', 'mysql://u:***@db:3306/shop'],
    ['u:secret@unix(/run/s.sock)/shop', 'mysql://u:***@unix(/run/s.sock)/shop'],
    ['sqlite:./shop.db', 'sqlite:./shop.db'],
    ['u:secret@nowhere', '(unreadable DSN)'],
  ])('writes %j as %j', (dsn, expected) => {
    expect(redactDsn(dsn)).toBe(expected);
  });
});
