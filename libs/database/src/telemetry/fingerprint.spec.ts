import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprint, type SqlDialect } from './fingerprint.js';

describe('fingerprint', () => {
  it.each([
    ['SELECT * FROM `user` WHERE `id` = 7', 'SELECT * FROM `user` WHERE `id` = ?'],
    ["SELECT 'it''s', 'a\\'b', \"c\\\"d\" , x'ff'", 'SELECT ?, ?, ? , x?'],
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
  ])('of another database’s %j is %j', (sql, expected) => {
    expect(fingerprint(sql, 'standard')).toBe(expected);
  });

  const dialect = fc.constantFrom<SqlDialect>('mysql', 'sqlite', 'standard');
  const SECRET = 'Xq7zK9';
  const text = fc.string({ unit: fc.constantFrom(...`ab1'"\\\`-#/* \n?`.split('')), maxLength: 8 });
  /** A text as the driver writes it, with something in it that can be found again. */
  const literal = (of: SqlDialect) =>
    fc.tuple(text, text).map(([before, after]) => {
      const inside = `${before}${SECRET}${after}`;
      const escaped =
        of === 'mysql' ? inside.replaceAll('\\', '\\\\').replaceAll("'", "\\'") : inside.replaceAll("'", "''");
      return `'${escaped}'`;
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
        dialect.chain((of) =>
          fc.tuple(fc.constant(of), fc.array(fc.oneof(word, literal(of), number), { maxLength: 30 })),
        ),
        ([of, parts]) => {
          expect(fingerprint(parts.join(' '), of)).not.toMatch(/Xq7zK9|98765\d/);
        },
      ),
      { numRuns: 300 },
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
    for (const repeated of ["'", '"', '`', '/*', '(', '(1,', "'a',", 'a ', '\\', '-', '?,', '[']) {
      expect(fingerprint(repeated.repeat(1_000_000)).length).toBeLessThanOrEqual(501);
    }
  });
});
