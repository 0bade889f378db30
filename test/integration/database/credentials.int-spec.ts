import { Logger, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { EggyDatabaseModule } from '@eggybyte/database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
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

  const query = () => module.get(DataSource, { strict: false }).query('SELECT 1 AS one');
  const works = () =>
    query().then(
      () => true,
      () => false,
    );

  it('are used by the connections that are made from then on', async () => {
    expect(await query()).toEqual([{ one: 1 }]);
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

  it('end no connection that is open', async () => {
    const [before] = await module.get(DataSource, { strict: false }).query('SELECT CONNECTION_ID() AS id');
    tell(user.dsn.replace(/secret:[^@]*@/, 'another@'));
    const [after] = await module.get(DataSource, { strict: false }).query('SELECT CONNECTION_ID() AS id');
    expect(after).toEqual(before);
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
