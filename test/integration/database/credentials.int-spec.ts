import { Logger, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { EggyDatabaseModule, poolStatistics } from '@eggybyte/database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { RotatedUser } from '../../support/rotated-user.js';
import { waitUntil } from '../../support/wait-until.js';

@Module({})
class Root {}

describe('credentials of the database that change', () => {
  let database: TestDatabase;
  let user: RotatedUser;
  let module: TestingModule;
  let tell: (dsn: string) => void;

  beforeAll(async () => {
    database = await createDatabase('credentials');
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    user = await RotatedUser.create(database);
    const watchDsn = (listener: (dsn: string) => void): void => void (tell = listener);
    const imports = [EggyDatabaseModule.forRoot({ dsn: user.dsn, watchDsn, maxOpenConns: 3 })];
    module = await Test.createTestingModule({ imports: [{ module: Root, imports }] }).compile();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await module.close();
    await user.drop();
  });

  const query = () => module.get(DataSource, { strict: false }).query("SELECT 'one' AS it");
  const works = () =>
    query().then(
      () => true,
      () => false,
    );

  it('are used by the connections that are made from then on', async () => {
    expect(await query()).toEqual([{ it: 'one' }]);
    await user.rotate();
    await waitUntil(async () => !(await works()), { what: 'the old password to be refused' });
    await expect(query()).rejects.toThrow(/Access denied/);

    tell(user.dsn);
    // A connection that was ended is found out when it is used.
    await waitUntil(works, { what: 'the new password to be taken' });
    expect(await Promise.all([query(), query(), query()])).toHaveLength(3);
    await user.rotate();
    tell(user.dsn);
    await waitUntil(works, { what: 'the next one to be taken' });
  });

  it('retire idle connections at once, and those that somebody holds when they come back', async () => {
    const dataSource = module.get(DataSource, { strict: false });
    const runner = dataSource.createQueryRunner();
    const idOf = async (source: DataSource | QueryRunner): Promise<unknown> =>
      (await source.query('SELECT CONNECTION_ID() AS id'))[0].id;
    const held = await idOf(runner);
    const idle = await idOf(dataSource);
    expect(idle).not.toBe(held);
    await user.rotate({ ends: false });
    tell(user.dsn);

    expect(poolStatistics(dataSource)).toMatchObject({ idle: 0, inUse: 1, retired: 1 });
    expect(await idOf(runner)).toBe(held);
    await runner.release();
    expect(poolStatistics(dataSource)).toMatchObject({ idle: 0, inUse: 0, retired: 2 });
    expect([held, idle]).not.toContain(await idOf(dataSource));
    tell(user.dsn);
    expect(poolStatistics(dataSource)).toMatchObject({ idle: 1, retired: 2 });
  });

  it.each([
    ['of another database', (dsn: string) => dsn.replace(/\/t_\w+/, '/another'), 'warn'],
    ['of another server', (dsn: string) => dsn.replace('127.0.0.1', '127.0.0.2'), 'warn'],
    ['that are no DSN', () => 'nonsense', 'error'],
  ] as const)('are told and not taken where they are those %s', async (_, change, level) => {
    const told = jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
    tell(change(user.dsn));
    expect(told).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(told.mock.calls)).not.toContain('secret:');
    expect(await works()).toBe(true);
  });
});
