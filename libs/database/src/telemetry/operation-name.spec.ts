import { describe, expect, it } from '@jest/globals';
import { operationName } from './operation-name.js';

describe('operationName', () => {
  it.each([
    ['SELECT 1', 'SELECT'],
    ['\n  select 1', 'SELECT'],
    ['(SELECT 1) UNION (SELECT 2)', 'SELECT'],
    ['/* a */ -- b\n# c\nUpdate t SET a = 1', 'UPDATE'],
    ['/* a * b **/INSERT INTO t', 'INSERT'],
    ['START TRANSACTION', 'BEGIN'],
    ['BEGIN IMMEDIATE TRANSACTION', 'BEGIN'],
    ['SELECTED', 'OTHER'],
    ['GRANT ALL', 'OTHER'],
    ['/* never closed SELECT', 'OTHER'],
    ['', 'OTHER'],
    ['/*'.repeat(100_000), 'OTHER'],
    [' '.repeat(100_000), 'OTHER'],
    ['-- \n'.repeat(100_000), 'OTHER'],
  ])('of %j is %s', (sql, expected) => {
    expect(operationName(sql)).toBe(expected);
  });
});
