import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprint, type SqlDialect } from './fingerprint.js';

describe('fingerprint', () => {
  it.each([
    ['SELECT * FROM `user` WHERE `id` = 7', 'SELECT * FROM `user` WHERE `id` = ?'],
    ["SELECT 'it''s', 'a\\\\', \"it's\", 'say \\\"b\\\"' , x'ff'", 'SELECT ?, ?, ?, ? , x?'],
    ["SELECT a FROM t WHERE b = 1 AND c = 'it\\'s' AND d = 'secret'", 'SELECT a FROM t WHERE b = ? AND c = …'],
    ["SELECT 'C:\\' AS path, 'secret' AS token", 'SELECT …'],
    ['SELECT "C:\\\\\\" AS path, "secret" AS token', 'SELECT …'],
    ["SELECT '''it's secret'''", 'SELECT …'],
    ['SELECT `never closed', 'SELECT …'],
    ["SELECT 1 /*! , 'a */ secret' */", 'SELECT ? …'],
    ["SELECT 1--\u00a0'a\n secret'", 'SELECT ?-- ?'],
    ['SELECT t1.c2, 1.5, .5, 1e10, 0xFF, -3 FROM t1', 'SELECT t1.c2, ?, ?, ?, ?, -? FROM t1'],
    ['SELECT a\n\tFROM  b -- secret\nWHERE c /* secret */ = /*! 1 */ 2 # secret', 'SELECT a FROM b WHERE c = ?'],
    ['SELECT 1--1', 'SELECT ?--?'],
    ['SELECT * FROM a WHERE id IN (1, 2, 3) AND n IN (?)', 'SELECT * FROM a WHERE id IN (?) AND n IN (?)'],
    ["INSERT INTO a(b, c) VALUES (1, 'x'), (DEFAULT, NULL),(-3, ?)", 'INSERT INTO a(b, c) VALUES (?)'],
    ['SELECT COUNT(*), NOW(6) FROM a LIMIT 10, 20', 'SELECT COUNT(*), NOW(?) FROM a LIMIT ?, ?'],
    ['SELECT @@max_statement_time, @id, `we``ird 5`', 'SELECT @@max_statement_time, @id, `we``ird 5`'],
    ["SELECT 'never closed", 'SELECT ?'],
    ['SELECT "never closed \\', 'SELECT ?'],
    ['SELECT 1 /* never closed', 'SELECT ?'],
    ['SELECT größe, 名 FROM t WHERE a = ٣', 'SELECT größe, 名 FROM t WHERE a = ?'],
    ['', ''],
  ])('of %j is %j', (sql, expected) => {
    expect(fingerprint(sql)).toBe(expected);
  });

  it.each([
    ['SELECT "a"."b" FROM "a" WHERE "c" = \'x\'', 'SELECT "a"."b" FROM "a" WHERE "c" = ?'],
    ["SELECT 'a\\', 'b'", 'SELECT ?, ?'],
    ['SELECT 1 --no space\nFROM a', 'SELECT ? FROM a'],
    ['SELECT a FROM t WHERE b = "secret-1" AND c = "secret"', 'SELECT a FROM t WHERE b = ? AND c = ?'],
    ['SELECT a FROM t WHERE b = "never closed', 'SELECT a FROM t WHERE b = …'],
    ['SELECT a FROM t WHERE [never closed', 'SELECT a FROM t WHERE …'],
    ['SELECT 1 /* a /* b */ secret */', 'SELECT ? …'],
  ])('of SQLite’s %j is %j', (sql, expected) => {
    expect(fingerprint(sql, 'sqlite')).toBe(expected);
  });

  it.each([
    ['SELECT "a" FROM "b" WHERE c = $1 AND d = \'x\'', 'SELECT "a" FROM "b" WHERE c = $1 AND d = ?'],
    ["SELECT ARRAY['a', 'b'] -- secret", 'SELECT ARRAY[?, ?]'],
    ["SELECT 1 FROM t WHERE a = E'it\\'s' AND b = 'secret'", 'SELECT ? FROM t WHERE a = E…'],
    ['SELECT $$secret$$, $a$secret$a$', 'SELECT …'],
    ["SELECT q'[it's secret]' FROM q", 'SELECT …'],
    ['SELECT q FROM n /* a /* b */ secret */', 'SELECT q FROM n …'],
    ["SELECT 1 -- it's\r, 'a\n secret'", 'SELECT ? …'],
    ['SELECT a FROM "never closed', 'SELECT a FROM …'],
  ])('of another database’s %j is %j', (sql, expected) => {
    expect(fingerprint(sql, 'standard')).toBe(expected);
  });

  const dialect = fc.constantFrom<SqlDialect>('mysql', 'sqlite', 'standard');
  const SECRET = 'Xq7zK9';
  const text = fc.string({ unit: fc.constantFrom(...`ab1'"\\\`-#/* \n?`.split('')), maxLength: 8 });
  type Mode = { of: SqlDialect; quotes: string[]; backslashes: boolean };
  const MODES: Mode[] = [
    { of: 'mysql', quotes: [`'`, '"'], backslashes: true },
    // NO_BACKSLASH_ESCAPES
    { of: 'mysql', quotes: [`'`, '"'], backslashes: false },
    { of: 'sqlite', quotes: [`'`], backslashes: false },
    { of: 'standard', quotes: [`'`], backslashes: false },
  ];
  /** A text as a driver or a person writes it, with something in it that can be found again. */
  const literal = ({ quotes, backslashes }: Mode) =>
    fc
      .tuple(text, text, fc.constantFrom(...quotes), fc.constantFrom(...(backslashes ? ['\\', 'twice'] : ['twice'])))
      .map(([before, after, quote, escape]) => {
        const inside = `${before}${SECRET}${after}`;
        const safe = backslashes ? inside.replaceAll('\\', '\\\\') : inside;
        return `${quote}${safe.replaceAll(quote, (escape === 'twice' ? quote : escape) + quote)}${quote}`;
      });
  const number = fc.integer({ min: 98_765_000, max: 98_765_999 }).map(String);
  const word = fc.constantFrom(
    'SELECT',
    '*',
    'FROM',
    '`a b`',
    't1',
    'WHERE',
    'IN',
    '=',
    ',',
    '(',
    ')',
    '\n',
    '?',
    '-- x\n',
    '/* y */',
  );

  it('holds no literal of a statement, whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...MODES)
          .chain((mode) =>
            fc.tuple(fc.constant(mode.of), fc.array(fc.oneof(word, literal(mode), number), { maxLength: 30 })),
          ),
        ([of, parts]) => {
          expect(fingerprint(parts.join(' '), of)).not.toMatch(/Xq7zK9|98765\d/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never throws and is bounded', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.oneof(word, text)).map((all) => all.join('')),
        ),
        dialect,
        (sql, of) => {
          const made = fingerprint(sql, of);
          expect(made.length).toBeLessThanOrEqual(501);
        },
      ),
      { numRuns: 300 },
    );
    for (const repeated of [
      "'",
      '"',
      '`',
      '/*',
      '(',
      '(1,',
      "'a',",
      'a ',
      '\\',
      '-',
      '?,',
      '[',
      '"a" IN(',
      '"a"  ',
      "'a\\\\",
      '"=',
    ]) {
      for (const each of ['mysql', 'sqlite', 'standard'] as const)
        expect(fingerprint(repeated.repeat(1_000_000), each).length).toBeLessThanOrEqual(501);
    }
  });
});
