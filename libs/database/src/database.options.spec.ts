import { describe, expect, it } from '@jest/globals';
import { EggyDatabaseModule } from './database.module.js';
import { resolveDatabaseOptions } from './database.options.js';

describe('resolveDatabaseOptions', () => {
  it('has a default for everything', () => {
    expect(resolveDatabaseOptions({})).toEqual({
      name: 'default',
      dsn: undefined,
      embedded: undefined,
      maxOpenConns: 10,
      maxIdleConns: 5,
      connMaxIdleTimeMs: 600_000,
      connMaxLifetimeMs: 3_600_000,
      acquireTimeoutMs: 5000,
      queryTimeoutMs: 30_000,
      slowQuery: 200,
      developmentHints: false,
      connectTimeoutMs: 5000,
      connectDeadlineMs: 60_000,
      migrateLockTimeoutMs: 120_000,
      migrateTimeoutMs: 600_000,
      healthCritical: true,
      tls: undefined,
      tlsConfigs: {},
      autoMigrate: 'apply',
      migrateDsn: undefined,
      serviceVersion: undefined,
      migrations: [],
    });
  });

  it('takes an empty DSN, and a default that was handed on as undefined, for absent', () => {
    const options = { dsn: ' ', embedded: '', healthCritical: undefined } as { dsn: string };

    expect(resolveDatabaseOptions(options)).toMatchObject({
      dsn: undefined,
      embedded: undefined,
      healthCritical: true,
    });
  });

  it.each([
    [10, 10, 9],
    [10, 0, 0],
    [2, 5, 1],
    [1, 5, 1],
  ])('keeps of %i connections, asked for %i idle ones, %i: else they would never be closed', (open, idle, kept) => {
    expect(resolveDatabaseOptions({ maxOpenConns: open, maxIdleConns: idle }).maxIdleConns).toBe(kept);
  });

  it.each([
    [{ maxOpenConns: 0 }, /`maxOpenConns`/],
    [{ maxIdleConns: -1 }, /`maxIdleConns`/],
    [{ connectTimeout: '5 s' as '5s' }, /`connectTimeout`/],
    [{ queryTimeout: -1 }, /`queryTimeout`/],
    [{ slowQuery: 'soon' as '5s' }, /`slowQuery`/],
  ])('refuses %j by name, at the call of forRoot', (options, message) => {
    expect(() => resolveDatabaseOptions(options)).toThrow(message);
    expect(() => EggyDatabaseModule.forRoot(options)).toThrow(message);
  });
});
