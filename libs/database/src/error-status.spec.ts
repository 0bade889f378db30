import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, type DataSource, Entity, PrimaryColumn, QueryFailedError } from 'typeorm';
import { DatabaseConnectionError } from './database.errors.js';
import { databaseErrorStatus, isUniqueViolation } from './error-status.js';
import { openDatabase } from './open-database.js';
import { PoolSaturatedError, QueryTimeoutError } from './pool/pool.errors.js';
import { SchemaMigrator } from './schema/schema-migrator.js';

@Entity()
class Account {
  @PrimaryColumn() id!: number;
  @Column({ unique: true }) email!: string;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('databaseErrorStatus', () => {
  let dataSource: DataSource;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    dataSource = await openDatabase({ dsn: 'sqlite::memory:', entities: [Account] });
    await new SchemaMigrator(dataSource).migrate();
    await dataSource.getRepository(Account).insert({ id: 1, email: 'a@b.c' });
  });
  afterAll(() => dataSource.destroy());

  it.each([
    ['the primary key', { id: 1, email: 'other' }],
    ['a unique column', { id: 2, email: 'a@b.c' }],
  ])('is a conflict when SQLite finds %s twice, and tells no value', async (_, row) => {
    const error = await failure(dataSource.getRepository(Account).insert(row));

    expect(isUniqueViolation(error)).toBe(true);
    expect(databaseErrorStatus(error)).toEqual({
      status: 409,
      code: 'EGGY_DATABASE_DUPLICATE',
      message: 'There is such a record already',
    });
  });

  it('is not found for an entity that is not there', async () => {
    const error = await failure(dataSource.getRepository(Account).findOneByOrFail({ id: 9 }));

    expect(databaseErrorStatus(error)).toMatchObject({ status: 404, code: 'EGGY_DATABASE_NOT_FOUND' });
  });

  const driver = (code: string, more = {}): Error => Object.assign(new Error('of the driver'), { code, ...more });

  it.each<[string, unknown]>([
    ['a lost connection', new QueryFailedError('SELECT 1', [], driver('PROTOCOL_CONNECTION_LOST'))],
    ['a deadlock', new QueryFailedError('UPDATE x', [], driver('ER_LOCK_DEADLOCK'))],
    ['a killed session of MariaDB', new QueryFailedError('SELECT 1', [], Object.assign(new Error(), { errno: 1927 }))],
    ['a refused connection of the driver', driver('ECONNREFUSED', { fatal: true })],
    ['a full queue', new Error('Queue limit reached.')],
    ['a closed pool', new Error('Pool is closed.')],
    ['a closed connection', new Error("Can't add new command when connection is in closed state")],
    ['a query timeout', new QueryFailedError('SELECT 1', [], new QueryTimeoutError(30_000))],
    ['a full line', new PoolSaturatedError()],
    ['a server that cannot be reached', new DatabaseConnectionError('db', 'ECONNREFUSED', 'start it')],
    ['a held SQLite file', driver('ERR_SQLITE_ERROR', { errcode: 5 })],
  ])('is unavailable for a while after %s', (_, error) => {
    expect(databaseErrorStatus(error)).toEqual({
      status: 503,
      code: 'EGGY_DATABASE_UNAVAILABLE',
      message: 'The database is not available',
      retryAfterSeconds: 1,
    });
  });

  it.each<[string, unknown]>([
    ['a refused connection of another client', driver('ECONNREFUSED')],
    ['a wrong statement', new QueryFailedError('SELEKT', [], driver('ER_PARSE_ERROR', { errno: 1064 }))],
    ['any other error', new Error('oops')],
    ['no error at all', undefined],
    ['a text', 'ER_DUP_ENTRY'],
  ])('says nothing about %s', (_, error) => {
    expect(databaseErrorStatus(error)).toBeUndefined();
    expect(isUniqueViolation(error)).toBe(false);
  });
});
