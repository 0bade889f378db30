import { describe, expect, it } from '@jest/globals';
import { collectionName } from './collection-name.js';

describe('collectionName', () => {
  it.each([
    ['SELECT `u`.`id` FROM `user` `u` JOIN `order` `o`', 'user'],
    ['select * from "main"."größe" where a = ?', 'größe'],
    ['INSERT INTO `shop`.`item`(`a`) VALUES (?)', 'item'],
    ['UPDATE item SET a = ?', 'item'],
    ['DELETE FROM item', 'item'],
    ['DROP TABLE IF EXISTS t', 't'],
    ['CREATE TABLE IF NOT EXISTS `t` (a INT)', 't'],
    ['TRUNCATE TABLE t', 't'],
    ['SHOW COLUMNS FROM t', 't'],
    ['SELECT TRIM(LEADING ? FROM name), EXTRACT(DAY FROM NOW()) FROM t', 't'],
    ['SELECT a IS DISTINCT FROM b, `c(d` FROM t', 't'],
    ['SELECT * FROM (SELECT SUBSTRING(a FROM ?) FROM t) x', 't'],
    ['WITH n AS (DELETE FROM t RETURNING *) SELECT ?', 't'],
    ['SELECT )) FROM t', undefined],
    ['SELECT ?', undefined],
  ])('of %j is %j', (text, expected) => {
    expect(collectionName(text)).toBe(expected);
  });
});
