import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getDataSourceToken, getEntityManagerToken } from '@nestjs/typeorm';
import { repositoryManagerToken } from '../database.tokens.js';
import { InjectTransactions, transactionsToken } from '../transactions/inject-transactions.js';
import { Transactional } from '../transactions/transactional.js';
import { Transactions } from '../transactions/transactions.js';
import { databaseVariable, dataSourceName, ofDataSource } from './data-source-name.js';

describe('the name of a data source', () => {
  it.each(['reporting', 'r2', 'orders-eu', 'orders_eu_2', 'migrated', `a${'1'.repeat(31)}`])('may be %j', (name) => {
    expect(dataSourceName(name)).toBe(name);
  });

  it.each([
    '',
    'Reporting',
    '2nd',
    'a-',
    'a--b',
    '-a',
    'a.b',
    'a b',
    'ä',
    'migrate',
    'x-migrate',
    `a${'1'.repeat(32)}`,
    7,
  ])('may not be %j', (name) => {
    const refused = expect.objectContaining({ code: 'EGGY_ARGUMENT' });
    expect(() => dataSourceName(name as string)).toThrow(refused);
    expect(() => InjectTransactions(name as string)).toThrow(refused);
    expect(() => Transactional({ dataSource: name as string })).toThrow(refused);
  });

  it('is a part of its variables and its checks', () => {
    const of = (name: string) => [databaseVariable(name, 'TLS_CA'), ofDataSource(name, 'database')];
    expect(of('default')).toEqual(['DATABASE_TLS_CA', 'database']);
    expect(of('orders_eu-2')).toEqual(['DATABASE_ORDERS_EU_2_TLS_CA', 'database-orders-eu-2']);
  });

  it('is a part of the tokens, as of those of @nestjs/typeorm', () => {
    expect(repositoryManagerToken('reporting')).toBe(getEntityManagerToken('reporting'));
    expect(transactionsToken('reporting')).toBe('reportingTransactions');
    expect(transactionsToken()).toBe(Transactions);
    expect(getDataSourceToken({ name: 'reporting' } as never)).toBe('reportingDataSource');
  });
});

describe('declaredDataSources', () => {
  let declared: typeof import('./declared-data-sources.js');
  beforeEach(async () => {
    // Each test is a process that has loaded nothing yet.
    jest.resetModules();
    declared = await import('./declared-data-sources.js');
  });

  it('has nothing before somebody declares a repository', () => {
    expect(declared.declaredDataSources()).toEqual([]);
  });

  it('has each once in the order of declaration, the default one first', () => {
    for (const name of ['reporting', undefined, 'archive', 'reporting']) declared.declareDataSource(name);
    expect(declared.declaredDataSources()).toEqual(['default', 'reporting', 'archive']);
  });

  it('refuses two names that would share their variables', () => {
    declared.declareDataSource('orders-eu');
    expect(() => declared.declareDataSource('orders_eu')).toThrow(/`orders-eu` is DATABASE_ORDERS_EU_DSN too/);
    expect(declared.declaredDataSources()).toEqual(['orders-eu']);
  });
});
