import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DsnError } from '../database.errors.js';
import type { MysqlDsn } from './dsn.js';
import { parseDsn } from './parse-dsn.js';

const go = (parameters: string): MysqlDsn => parseDsn(`u:p@tcp(db)/shop?${parameters}`) as MysqlDsn;
const url = (parameters: string): MysqlDsn => parseDsn(`mysql://u:p@db/shop?${parameters}`) as MysqlDsn;
const forms = [
  ['Go', go],
  ['URL', url],
] as const;

const TRUE = ['1', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'false', 'FALSE', 'False'];
const NEITHER = ['', 'yes', 'no', 'on', 'off', 't', 'F', 'tRUE', 'fAlse', '2', '-1', ' true', 'true '];

const BOOLEANS = [
  'parseTime',
  'multiStatements',
  'clientFoundRows',
  'compress',
  'allowCleartextPasswords',
  'allowFallbackToPlaintext',
  'allowAllFiles',
  'allowOldPasswords',
  'rejectReadOnly',
  'interpolateParams',
  'columnsWithAlias',
  'tinyInt1IsBool',
  'checkConnLiveness',
  'allowNativePasswords',
];

describe.each(forms)('a parameter of the %s form', (_, parse) => {
  it.each(BOOLEANS)('that is a boolean has the eight spellings of Go and no other: %s', (name) => {
    const isRefused = (value: string): boolean => {
      try {
        parse(`${name}=${encodeURIComponent(value)}`);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(DsnError);
        return true;
      }
    };
    const refusedWhenTrue = name === 'allowAllFiles' || name === 'allowOldPasswords';
    expect(TRUE.map(isRefused)).toEqual(TRUE.map(() => refusedWhenTrue));
    expect([FALSE.some(isRefused), NEITHER.every(isRefused)]).toEqual([false, true]);
  });

  it.each(TRUE.map((spelling, index) => [spelling, FALSE[index] ?? '']))('switches by %s and %s', (yes, no) => {
    const switches = (value: string): unknown[] => {
      const dsn = parse(
        `parseTime=${value}&multiStatements=${value}&clientFoundRows=${value}&compress=${value}&allowCleartextPasswords=${value}`,
      );
      return [!dsn.dateStrings, dsn.multipleStatements, dsn.foundRows, dsn.compress, dsn.allowCleartextPasswords];
    };
    expect([switches(yes), switches(no)]).toEqual([Array(5).fill(true), Array(5).fill(false)]);
  });

  it('has its default when it is not given', () => {
    expect(parse('')).toMatchObject({
      timezone: 'Z',
      dateStrings: false,
      tls: undefined,
      multipleStatements: false,
      foundRows: true,
      compress: false,
      allowCleartextPasswords: false,
      charset: undefined,
      collation: undefined,
      connectTimeoutMs: undefined,
      connectAttributes: undefined,
      sessionVariables: [],
      notes: [],
    });
  });

  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['2.', undefined],
    ['.5s', 500],
    ['1500us', 2],
    ['1500%C2%B5s', 2],
    ['3000000ns', 3],
    ['1ns', 1],
    ['0', 0],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['-5s', undefined],
    ['%2B5s', undefined],
    ['5 s', undefined],
    ['5S', undefined],
    ['1d', undefined],
    ['1e3s', undefined],
    ['9999h', undefined],
  ])('takes the duration %j for %j ms', (text, expected) => {
    const read = (): number | undefined => parse(`timeout=${text}`).connectTimeoutMs;
    if (expected === undefined) expect(read).toThrow(DsnError);
    else expect(read()).toBe(expected);
  });

  it.each(['readTimeout', 'writeTimeout'])('%s is the deadline of a statement, and has to be a duration', (name) => {
    expect(parse(`${name}=30s`)).toMatchObject({ queryTimeoutMs: 30_000, notes: [] });
    expect(() => parse(`${name}=soon`)).toThrow(DsnError);
  });

  const IDENTITY = ['identity', false];
  const NOTHING = ['nothing', false];
  const FALLBACK = ['nothing', true];
  it.each<[string, unknown]>([
    ...TRUE.map((spelling) => [spelling, IDENTITY] as [string, unknown]),
    ...FALSE.map((spelling) => [spelling, false] as [string, unknown]),
    ['skip-verify', NOTHING],
    ['preferred', FALLBACK],
    ['DISABLED', false],
    ['PREFERRED', FALLBACK],
    ['REQUIRED', NOTHING],
    ['VERIFY_CA', ['issuer', false]],
    ['VERIFY_IDENTITY', IDENTITY],
    ['disable', false],
    ['prefer', FALLBACK],
    ['require', NOTHING],
    ['verify-ca', ['issuer', false]],
    ['verify-full', IDENTITY],
  ])('says by tls, ssl, sslmode and ssl-mode %s', (mode, expected) => {
    for (const name of ['tls', 'ssl', 'sslmode', 'ssl-mode']) {
      const { tls } = parse(`${name}=${mode}`);
      expect(tls && [tls.verify, tls.fallback]).toEqual(expected);
    }
  });

  it.each(['', 'yes', 'on', 'internal', '__proto__', 'toString', 'verify'])('refuses %j as a way of TLS', (mode) => {
    expect(() => parse(`tls=${mode}`)).toThrow(DsnError);
  });

  it('falls back to a plain connection only where there is TLS to fall back from', () => {
    expect(parse('allowFallbackToPlaintext=true').tls).toBeUndefined();
    expect(parse('allowFallbackToPlaintext=true&tls=skip-verify').tls).toMatchObject({ fallback: true });
    expect(parse('tls=preferred&allowFallbackToPlaintext=false').tls).toMatchObject({ fallback: false });
  });

  it.each([
    ['UTC', 'Z'],
    ['', 'Z'],
    ['Local', 'local'],
    ['Asia%2FShanghai', '+08:00'],
    ['Asia%2FKolkata', '+05:30'],
    ['America%2FPhoenix', '-07:00'],
    ['Nowhere', undefined],
    ['Europe%2FBerlin', undefined],
    ['America%2FNew_York', undefined],
    ['Australia%2FLord_Howe', undefined],
    ['%2B25:00', undefined],
  ])('reads loc=%s as %s', (zone, expected) => {
    const read = (): unknown => parse(`loc=${zone}`).timezone;
    if (expected === undefined) expect(read).toThrow(DsnError);
    else expect(read()).toBe(expected);
  });

  it.each([
    ['sql_mode=%27STRICT_ALL_TABLES%27', "sql_mode = 'STRICT_ALL_TABLES'"],
    ['time_zone=%27%2B00%3A00%27', "time_zone = '+00:00'"],
    ['wait_timeout=30', 'wait_timeout = 30'],
    ['long_query_time=0.5', 'long_query_time = 0.5'],
    ['autocommit=ON', 'autocommit = ON'],
    ['sql_mode=ANSI', undefined],
    ['sql_mode=%27a%27%2Cx%3D1', undefined],
    ['sql_mode=%27a%5C%27%27', undefined],
    ['wait_timeout=30;DROP%20TABLE%20t', undefined],
    ['wait_timeout=SLEEP(1)', undefined],
    ['wait_timeout=', undefined],
    ['a-b=1', undefined],
    ['=1', undefined],
  ])('that nobody knows is a system variable, or refused: %s', (parameter, expected) => {
    if (expected === undefined) expect(() => parse(parameter)).toThrow(DsnError);
    else expect(parse(parameter).sessionVariables).toEqual([expected]);
  });

  it('warns of several statements in one', () => {
    expect(parse('multiStatements=true').notes).toEqual([expect.stringMatching(/SQL injection/)]);
    expect(parse('multiStatements=false').notes).toEqual([]);
  });
});

/** An offset as `+08:00`, by the parts of a moment in that zone. */
function offset(timeZone: string, month: number): string {
  const moment = new Date(Date.UTC(new Date().getUTCFullYear(), month, 15, 12));
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(moment);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
  const there = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  const minutes = Math.round((there - moment.getTime()) / 60_000);
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

describe('loc', () => {
  it('of any zone is its offset, or refused where there is daylight saving time', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    fc.assert(
      fc.property(zones, (zone) => {
        const offsets = new Set(Array.from({ length: 12 }, (_, month) => offset(zone, month)));
        const read = (): unknown => go(`loc=${encodeURIComponent(zone)}`).timezone;
        if (offsets.size > 1) expect(read).toThrow(/daylight saving/);
        else expect([...offsets, ...(zone === 'UTC' ? ['Z'] : [])]).toContain(read());
      }),
      { numRuns: 15 },
    );
  });
});

describe('the address', () => {
  it.each([
    ['u@tcp(db:3307)/s', 'db:3307'],
    ['u@tcp(127.0.0.1)/s', '127.0.0.1:3306'],
    ['u@tcp([::1]:3307)/s', '::1:3307'],
    ['u@tcp4(db)/s', 'db:3306'],
    ['u@tcp6([fe80::1%eth0]:3306)/s', 'fe80::1%eth0:3306'],
    ['u@tcp()/s', '127.0.0.1:3306'],
    ['u@/s', '127.0.0.1:3306'],
    ['u@unix(/run/mysqld/mysqld.sock)/s', '/run/mysqld/mysqld.sock'],
    ['u@unix()/s', '/tmp/mysql.sock'],
    ['u@unix/s', '/tmp/mysql.sock'],
    ['mysql://u@db:3307/s', 'db:3307'],
    ['mysql://u@[2001:db8::1]:3307/s', '2001:db8::1:3307'],
    ['mysql://u@[::1]/s', '::1:3306'],
    ['tidb://u@db/s', 'db:4000'],
    ['mysql://u@localhost/s?socket=/run/s.sock', '/run/s.sock'],
    ['mysql://u@localhost/s?socketPath=%2Frun%2Fs.sock', '/run/s.sock'],
  ])('of %j is %j', (dsn, expected) => {
    const { address } = parseDsn(dsn) as MysqlDsn;
    expect('socketPath' in address ? address.socketPath : `${address.host}:${address.port}`).toBe(expected);
  });

  it.each([
    'u@tcp(::1)/s',
    'u@tcp([::1)/s',
    'u@tcp(db:)/s',
    'u@tcp(db:x)/s',
    'u@tcp(db:-1)/s',
    'u@tcp(db:65536)/s',
    'u@udp(db)/s',
    'u@TCP(db)/s',
    'u@tcp(db)x/s',
    'u@db/s',
    'mysql://u@::1/s',
    'mysql://u@db:/s',
    'mysql://u@db:65536/s',
    'mysql://u@db:0/s',
    'mysql://u@[::1/s',
  ])('of %j is refused', (dsn) => {
    expect(() => parseDsn(dsn)).toThrow(DsnError);
  });
});

describe('a password', () => {
  const PASSWORDS = [
    'p@ss',
    'p:ss',
    'p/ss',
    'p#ss',
    'p?ss',
    'p%ss',
    'p%40',
    'p&a=b',
    'p ss',
    'p+s',
    'пароль',
    '密码🔑',
    '(p)',
    "'p'",
  ];

  it.each([...PASSWORDS, PASSWORDS.join('')])('stands raw in the Go form and escaped in a URL: %s', (password) => {
    const tcp = { user: 'u', password, address: { host: 'db', port: 3306 }, database: 's' };
    expect(parseDsn(`u:${password}@tcp(db)/s`)).toMatchObject(tcp);
    expect(parseDsn(`mysql://u:${encodeURIComponent(password)}@db/s`)).toMatchObject(tcp);
    const socket = { password, address: { socketPath: '/run/s.sock' } };
    expect(parseDsn(`u:${password}@unix(/run/s.sock)/s`)).toMatchObject(socket);
  });

  it.each(['u@tcp(db)/s', 'mysql://u@db/s', 'mysql://u:@db/s'])('is not there in %j', (dsn) => {
    expect(parseDsn(dsn)).toMatchObject({ user: 'u', password: undefined });
  });

  it.each([
    'mysql://u:p#s@db/s',
    'mysql://u:p?s@db/s',
    'mysql://u:1/s@db/s',
    'mysql://u:%zz@db/s',
    'mysql://u:p\ts@db/s',
    'mysql://u:p\ns@db/s',
  ])('that is not escaped makes a URL of no use: %j', (dsn) => {
    expect(() => parseDsn(dsn)).toThrow(DsnError);
  });

  it('is never taken for the name of the database, or of a parameter', () => {
    for (const dsn of [
      'u:@/Zq8Yw@tcp(db)',
      'u:@tcp/Zq?8Yw4=Xk@tcp(db)',
      'u:@/Zq8Yw@db',
      'mysql://u:/Zq8Yw',
      'mysql://u:?Zq8Yw=1',
    ]) {
      expect(() => parseDsn(dsn)).toThrow(DsnError);
      expect(() => parseDsn(dsn)).not.toThrow(/Zq|8Yw|Xk/);
    }
  });
});

describe('the name of the database', () => {
  it.each([
    'u@tcp(db)/',
    'u@tcp(db)/?parseTime=true',
    '/',
    'mysql://db',
    'mysql://db/',
    'mysql://db/?tls=true',
    'sqlite:',
    'sqlite://',
  ])('is missing in %j', (dsn) => {
    expect(() => parseDsn(dsn)).toThrow(DsnError);
  });

  it.each([
    ['u@tcp(db)/a%2Fb', 'a/b'],
    ['u@tcp(db)/a+b', 'a+b'],
    ['u@tcp(db)/%E5%BA%97', '店'],
    ['mysql://db/a%2Fb', 'a/b'],
    ['mysql://db/店', '店'],
  ])('is unescaped in %j', (dsn, database) => {
    expect(parseDsn(dsn)).toMatchObject({ database });
  });

  it.each([
    'u@tcp(db)/a%00b',
    'mysql://db/a%00b',
    'mysql://a%00b@db/s',
    'u\0x@tcp(db)/s',
    'u@tcp(db)/a%zz',
    'u@tcp(db)/a%ff',
  ])('and the user hold no zero byte and no broken escape: %j', (dsn) => {
    expect(() => parseDsn(dsn)).toThrow(DsnError);
  });
});
