import { describe, expect, it } from '@jest/globals';
import { widens } from './widening.js';

const WIDER = [
  ['varchar(50)', 'varchar(100)'],
  ['varbinary(16)', 'varbinary(32)'],
  ['varchar(50)', 'text'],
  ['varchar(16383)', 'longtext'],
  ['tinyint', 'smallint'],
  ['int', 'bigint'],
  ['int unsigned', 'bigint unsigned'],
  ['tinytext', 'text'],
  ['text', 'longtext'],
  ['blob', 'mediumblob'],
  ['decimal(10,2)', 'decimal(12,2)'],
  ['decimal(10,2)', 'decimal(12,4)'],
  ['datetime', 'datetime(6)'],
  ['timestamp(3)', 'timestamp(6)'],
  ['time', 'time(3)'],
  ["enum('a','b')", "enum('a','b','c')"],
  ["set('a')", "set('a','b')"],
  ["enum('it''s')", "enum('it''s','a,b')"],
];

const NOT_WIDER = [
  ['varchar(100)', 'varchar(50)'],
  ['varchar(50)', 'tinytext'],
  ['varchar(16384)', 'text'],
  ['varchar(50)', 'varbinary(100)'],
  ['varchar(50)', 'char(100)'],
  ['char(10)', 'char(20)'],
  ['binary(10)', 'binary(20)'],
  ['int', 'int unsigned'],
  ['int', 'bigint unsigned'],
  ['bigint', 'int'],
  ['int', 'varchar(50)'],
  ['text', 'varchar(100)'],
  ['text', 'blob'],
  ['float', 'double'],
  ['decimal(10,2)', 'decimal(10,4)'],
  ['decimal(10,2)', 'decimal(12,1)'],
  ['decimal(10,2)', 'double'],
  ['datetime(6)', 'datetime'],
  ['datetime', 'timestamp(6)'],
  ['date', 'datetime'],
  ["enum('a','b')", "enum('a')"],
  ["enum('a','b')", "enum('b','a','c')"],
  ["enum('a','b')", "enum('c','a','b')"],
  ["enum('a')", "set('a','b')"],
  ["enum('a')", 'varchar(10)'],
  ['json', 'longtext'],
];

describe('widens', () => {
  it.each(WIDER)('sees that %s fits in %s, and not the other way round', (from, to) => {
    expect(widens(from, to)).toBe(true);
    expect(widens(to, from)).toBe(false);
  });

  it.each(NOT_WIDER)('does not take %s to %s', (from, to) => {
    expect(widens(from, to)).toBe(false);
  });

  it.each([...new Set([...WIDER, ...NOT_WIDER].flat())])('has nothing to widen in %s', (type) => {
    expect(widens(type, type)).toBe(false);
  });
});
