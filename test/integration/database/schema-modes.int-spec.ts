import { Logger, Module } from '@nestjs/common';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DatabaseOptions,
  EggyDatabaseModule,
  SchemaHealthChecker,
  SchemaMigrator,
  type SchemaMode,
} from '@eggybyte/database';
import { DataSource } from 'typeorm';
import { databaseName } from '../../support/shared-flavour.js';
import { entity, type MariaDbWorld, mariaDbWorld, type Schema, type SchemaWorld, worlds } from './schema-world.js';

let world: SchemaWorld;
afterEach(() => world.close());

const hens = entity('hen', { name: { type: 'varchar', nullable: true } });

function logged(work: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = [];
  const tell = (message: unknown): void => void told.push(String(message));
  Logger.overrideLogger({ log: tell, warn: tell, error: tell, debug: tell, verbose: tell });
  return work()
    .then(() => told)
    .finally(() => Logger.overrideLogger(false));
}

describe.each(worlds)('the modes of SchemaMigrator on %s', (_, create) => {
  beforeEach(async () => {
    world = await create();
  });

  it.each(['plan', 'check', 'off'] as const)('%s changes nothing', async (mode) => {
    const before = await world.dump();
    const report = await world.migrateWith({ mode }, hens);

    expect(report).toMatchObject({ outcome: mode === 'off' ? 'off' : 'planned', initializedTables: [] });
    expect(report.createdTables).toEqual(mode === 'off' ? [] : ['hen']);
    expect(await world.dump()).toBe(before);
    await expect(world.query('SELECT * FROM eggy_schema_state')).rejects.toThrow(/eggy_schema_state/);
  });

  it('plan logs each statement, each refusal and the drift', async () => {
    await world.migrate(entity('hen', { mine: { type: 'int', nullable: true } }));
    await world.query('INSERT INTO hen (mine) VALUES (1)');
    const wanted = entity('hen', { name: { type: 'varchar', nullable: true }, must: { type: 'int' } });
    const told = await logged(() => world.migrateWith({ mode: 'plan' }, wanted, entity('coop')));

    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Would run: CREATE TABLE .coop/),
        expect.stringMatching(/^Would be refused: hen\.must: .*NOT NULL/),
        expect.stringMatching(/^extra-column hen\.mine/),
        expect.stringMatching(/lacks 2 changes, and the mode is plan/),
      ]),
    );
  });

  it('gives the plan as data, the statements as they will run', async () => {
    const migrator = new SchemaMigrator(await world.open(hens));
    const { steps, refused, drift, createdTables } = await migrator.plan();
    const { steps: ran } = await migrator.migrate();

    expect({ refused, drift, createdTables }).toEqual({ refused: [], drift: [], createdTables: ['hen'] });
    expect(steps.map(({ sql }) => sql)).toEqual([expect.stringMatching(/^CREATE TABLE/)]);
    expect(ran).toEqual(steps);
    expect(await migrator.plan()).toMatchObject({ steps: [], createdTables: [] });
  });

  it('refuses a mode that there is not', async () => {
    const dataSource = await world.open(hens);

    expect(() => new SchemaMigrator(dataSource, { mode: 'drop' as SchemaMode })).toThrow(/apply,plan,check,off/);
  });
});

describe(`autoMigrate of EggyDatabaseModule on ${databaseName}`, () => {
  let mariaDb: MariaDbWorld;
  let application: INestApplicationContext | undefined;
  beforeEach(async () => {
    mariaDb = await mariaDbWorld();
    world = mariaDb;
  });
  afterEach(async () => {
    await application?.close();
    application = undefined;
  });

  async function start(options: DatabaseOptions, ...entities: Schema[]): Promise<INestApplicationContext> {
    class AppModule {}
    Module({ imports: [EggyDatabaseModule.forRoot(options), EggyDatabaseModule.forFeature(entities as never)] })(
      AppModule,
    );
    application = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    return application;
  }
  const check = (): Promise<void> => {
    const checker = application?.get(SchemaHealthChecker, { strict: false });
    return checker?.check(new AbortController().signal) ?? Promise.reject(new Error('no check'));
  };

  it('check starts, is not ready, and heals when a Job has applied the schema', async () => {
    const { dsn } = await mariaDb.grant('SELECT, INSERT, UPDATE, DELETE');
    await start({ dsn, autoMigrate: 'check' }, hens);
    const down = { code: 'EGGY_DATABASE_SCHEMA_PENDING', why: 'create-table hen' };
    await expect(check()).rejects.toMatchObject(down);
    await expect(check()).rejects.toMatchObject(down);
    await world.migrate(hens);
    await check();

    await world.query('ALTER TABLE hen DROP COLUMN name');
    await expect(check()).rejects.toMatchObject({ why: 'add-column hen.name' });
  });

  it('has no such check in any other mode', async () => {
    const app = await start({ dsn: world.dsn, autoMigrate: 'off' }, hens);

    expect(app.get(SchemaHealthChecker, { strict: false })).toBeUndefined();
    expect(await world.dump()).toBe('[]');
  });

  it('changes the schema by the user of migrateDsn, and reads and writes rows by the other', async () => {
    const app = await mariaDb.grant('SELECT, INSERT, UPDATE, DELETE');
    const migrator = await mariaDb.grant('ALL');
    const { dsn } = app;
    await start({ dsn, migrateDsn: migrator.dsn, serviceVersion: '2.0.0' }, hens);

    const dataSource = application?.get(DataSource);
    expect(await dataSource?.query('SELECT COUNT(*) AS n FROM hen')).toEqual([{ n: '0' }]);
    await expect(dataSource?.query('CREATE TABLE mine (id int)')).rejects.toThrow(/denied/);
    expect(await world.query('SELECT version FROM eggy_schema_history')).toEqual([{ version: '2.0.0' }]);
    const connected = await world.query('SELECT id FROM information_schema.processlist WHERE user = ?', [
      migrator.user,
    ]);
    expect(connected).toEqual([]);
  });

  it('does not need the user of migrateDsn when there is nothing to change', async () => {
    const { dsn } = await mariaDb.grant('SELECT, INSERT, UPDATE, DELETE');
    await world.migrate(hens);
    const gone = world.dsn.replace(/^[^@]*@/, 'nobody:nothing@');

    await start({ dsn, migrateDsn: gone }, hens);
    await expect(start({ dsn, migrateDsn: gone }, hens, entity('coop'))).rejects.toMatchObject({
      code: 'EGGY_DATABASE_ACCESS',
    });
  });

  it('refuses a migrateDsn of another database', async () => {
    const other = world.dsn.replace(mariaDb.database, 'other');

    await expect(start({ dsn: world.dsn, migrateDsn: other }, hens)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_DSN',
    });
  });

  it('names the user who may not, what the user lacks, and the other ways', async () => {
    const { dsn, user } = await mariaDb.grant('SELECT, INSERT, UPDATE, DELETE, CREATE');
    await start({ dsn }, hens);
    await application?.close();
    const failure = start(
      { dsn },
      entity('hen', { name: { type: 'varchar', nullable: true }, age: { type: 'int', nullable: true } }),
    );

    await expect(failure).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_APPLY',
      what: 'Step add-column of hen.age failed',
      fix: expect.stringMatching(
        new RegExp(`grant \`${user}\` ALTER .*DATABASE_MIGRATE_DSN.*DATABASE_AUTO_MIGRATE=check`),
      ),
    });
    expect(await world.query("SELECT object, reason FROM eggy_schema_history WHERE state = 'failed'")).toEqual([
      { object: 'hen.age', reason: expect.stringContaining('ALTER command denied') },
    ]);
  });
});
