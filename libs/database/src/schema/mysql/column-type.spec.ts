import { describe, expect, it } from '@jest/globals';
import { sameDefault, variesByRow } from './column-default.js';
import { columnDefinition } from './column-definition.js';
import { canonicalType, listType, listValues } from './column-type.js';
import { enforcesForeignKeys, mysqlServerOf } from './mysql-server.js';

describe('canonicalType', () => {
  it.each([
    ['int(11)', 'int'],
    ['INT(10) UNSIGNED ZEROFILL', 'int unsigned'],
    ['tinyint(1)', 'tinyint'],
    ['year(4)', 'year'],
    ['decimal', 'decimal(10,0)'],
    ['decimal(8)', 'decimal(8,0)'],
    ['char', 'char(1)'],
    ['bit', 'bit(1)'],
    ['datetime(0)', 'datetime'],
    ['geomcollection', 'geometrycollection'],
    ['float(30)', 'double'],
    ['float(7,3)', 'float(7,3)'],
    ['text(60)', 'tinytext'],
    ['text(300)', 'text'],
    ['blob(70000)', 'mediumblob'],
    ["ENUM ('a', 'B','it''s')", "enum('a','B','it''s')"],
    ["set('a','x(1)')", "set('a','x(1)')"],
  ])('writes %s as %s', (type, canonical) => {
    expect(canonicalType(type, 'mysql')).toBe(canonical);
    expect(canonicalType(canonical, 'mysql')).toBe(canonical);
  });

  it('knows that JSON is a text to MariaDB only', () => {
    expect(canonicalType('json', 'mariadb')).toBe('longtext');
    expect(canonicalType('json', 'mysql')).toBe('json');
  });

  it('reads the values that it writes', () => {
    const values = ['a', `it's`, 'a,b', `'`, '\\', 'x)', ''];

    expect(listValues(listType('enum', values))).toEqual(values);
  });
});

describe('sameDefault', () => {
  it.each([
    [undefined, 'NULL', 'varchar(9)'],
    ["'7'", '7', 'int'],
    ["'1.50'", '1.5', 'decimal(10,2)'],
    ['true', '1', 'tinyint'],
    ["b'101'", '5', 'bit(3)'],
    ["'it''s'", `'it\\'s'`, 'varchar(9)'],
    ['CURRENT_TIMESTAMP(6)', 'current_timestamp(6)', 'datetime(6)'],
    ['now()', 'CURRENT_TIMESTAMP', 'datetime'],
    ['(uuid())', 'uuid()', 'varchar(36)'],
    ["(_utf8mb4'x')", "('x')", 'text'],
    ['(json_array())', 'json_array()', 'json'],
  ])('takes %s and %s of %s for the same', (one, other, type) => {
    expect(sameDefault(one, other, type)).toBe(true);
    expect(sameDefault(other, one, type)).toBe(true);
  });

  it.each([
    [undefined, "''", 'varchar(9)'],
    ["'7'", '8', 'int'],
    ["'A'", "'a'", 'varchar(9)'],
    ["'uuid()'", 'uuid()', 'varchar(36)'],
    ['CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP(6)', 'datetime(6)'],
  ])('tells %s and %s of %s apart', (one, other, type) => {
    expect(sameDefault(one, other, type)).toBe(false);
  });
});

describe('variesByRow', () => {
  it.each([
    ['(uuid())', true],
    ['(concat(RAND(), 7))', true],
    ['(uuid_to_bin( UUID()))', true],
    ["'uuid()'", false],
    ["(concat('it''s rand()', now()))", false],
    ['CURRENT_TIMESTAMP(6)', false],
    ['(json_array())', false],
  ])('of the default %s is %s', (text, varies) => {
    expect(variesByRow(text)).toBe(varies);
  });
});

describe('columnDefinition', () => {
  it('repeats everything that the column has', () => {
    const live = {
      name: 'a',
      type: 'datetime',
      nullable: false,
      default: 'current_timestamp()',
      generated: false,
      autoIncrement: false,
      onUpdate: 'current_timestamp()',
      comment: `it's`,
      invisible: true,
    };

    expect(columnDefinition(live, { type: 'datetime(6)', nullable: false })).toBe(
      "datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) INVISIBLE COMMENT 'it''s'",
    );
  });
});

describe('mysqlServerOf', () => {
  it.each([
    ['10.11.6-MariaDB-0+deb12u1', 'mariadb', [10, 11], true],
    ['9.7.4', 'mysql', [9, 7], true],
    ['8.0.11-TiDB-v8.5.1', 'tidb', [8, 5], true],
    ['8.0.11-TiDB-v7.5.0', 'tidb', [7, 5], false],
    ['5.7.25-TiDB-v6.1.0-alpha', 'tidb', [6, 1], false],
  ])('knows %s', (told, flavour, version, hasKeys) => {
    const server = mysqlServerOf(told);

    expect(server).toEqual({ flavour, version });
    expect(enforcesForeignKeys(server)).toBe(hasKeys);
  });
});
