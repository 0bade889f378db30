import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  SchemaMigrator,
  type SchemaReport,
  type VersionedMigration,
  type VersionedMigrationClass,
} from '@eggybyte/database';
import type { QueryRunner } from 'typeorm';
import { entity, type Schema, type SchemaWorld, worlds } from './schema-world.js';

let world: SchemaWorld;
afterEach(() => world.close());

/** A migration of this name that runs these statements. */
function migration(
  name: string,
  statements: string[],
  more: Partial<VersionedMigration> = {},
): VersionedMigrationClass {
  return class implements VersionedMigration {
    readonly name = name;
    readonly after = more.after ?? false;
    async up(runner: QueryRunner): Promise<void> {
      for (const sql of statements) await runner.query(sql);
    }
    async down(): Promise<void> {
      await Promise.reject(new Error('never run'));
    }
  };
}

const hen = entity('hen', {
  name: { type: 'varchar', length: 50 },
  code: { type: 'varchar', length: 50, nullable: true },
});
const CREATE = 'CREATE TABLE hen (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL)';
const first = migration('CreateHen1700000000001', [CREATE, "INSERT INTO hen (id, name) VALUES (1, 'a')"]);
const rename = migration('UpperCase1700000000002', ['UPDATE hen SET name = UPPER(name)']);
const backfill = migration('Backfill1700000000003', ["UPDATE hen SET code = CONCAT(name, '!')"], { after: true });

describe.each(worlds)('versioned migrations on %s', (name, create) => {
  beforeEach(async () => {
    world = await create();
  });

  const migrate = async (migrations: VersionedMigrationClass[], ...entities: Schema[]): Promise<SchemaReport> =>
    new SchemaMigrator(await world.open(...entities), { migrations }).migrate();
  const remembered = async (): Promise<unknown[]> =>
    (await world.query('SELECT name FROM migrations ORDER BY id')).map((row) => row['name']);
  const hens = () => world.query('SELECT name, code FROM hen ORDER BY id');

  it('run once, in the order of their timestamps, before what is missing is added and where they say so after it', async () => {
    const report = await migrate([backfill, rename, first], hen);

    expect(report.steps.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
      'run-migration CreateHen1700000000001',
      'run-migration UpperCase1700000000002',
      'add-column code',
      'run-migration Backfill1700000000003',
    ]);
    expect(await hens()).toEqual([{ name: 'A', code: 'A!' }]);
    expect(await remembered()).toHaveLength(3);
    expect(await migrate([first, rename, backfill], hen)).toMatchObject({ outcome: 'unchanged', steps: [] });
  });

  it('are not replayed on a schema that was there before, and a later one is run', async () => {
    await world.query(CREATE);
    await world.query("INSERT INTO hen (id, name) VALUES (1, 'a')");
    await migrate([first, rename], hen);
    expect(await remembered()).toEqual(['CreateHen1700000000001', 'UpperCase1700000000002']);
    expect(await hens()).toEqual([{ name: 'a', code: null }]);
    await migrate([first, rename, backfill], hen);

    expect(await hens()).toEqual([{ name: 'a', code: 'a!' }]);
  });

  it('take the table of TypeORM as it is', async () => {
    await world.query(CREATE);
    await world.query("INSERT INTO hen (id, name) VALUES (1, 'a')");
    const id =
      name === 'SQLite' ? 'integer PRIMARY KEY AUTOINCREMENT NOT NULL' : 'int NOT NULL AUTO_INCREMENT PRIMARY KEY';
    await world.query(`CREATE TABLE migrations (id ${id}, timestamp bigint NOT NULL, name varchar(255) NOT NULL)`);
    await world.query("INSERT INTO migrations (timestamp, name) VALUES (1700000000001, 'CreateHen1700000000001')");

    await migrate([first, rename], hen);

    expect(await hens()).toEqual([{ name: 'A', code: null }]);
    expect(await remembered()).toEqual(['CreateHen1700000000001', 'UpperCase1700000000002']);
  });

  it('are run on a schema that the suite itself has made', async () => {
    await world.migrate(hen);
    await world.query("INSERT INTO hen (name) VALUES ('a')");
    await migrate([rename], hen);

    expect(await hens()).toEqual([{ name: 'A', code: null }]);
  });

  it('fail the start when one fails, and it runs again at the next', async () => {
    await world.migrate(hen);
    await world.query("INSERT INTO hen (name) VALUES ('a')");
    const broken = migration('UpperCase1700000000002', ["UPDATE hen SET name = 'half'", 'UPDATE nowhere SET name = 1']);
    await expect(migrate([broken], hen)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_APPLY',
      what: 'Step run-migration of UpperCase1700000000002 failed',
    });
    expect(await hens()).toEqual([{ name: 'a', code: null }]);
    await migrate([rename], hen);

    expect(await hens()).toEqual([{ name: 'A', code: null }]);
  });

  it('are part of a plan, and keep a schema from being complete', async () => {
    await world.migrate(hen);
    const migrator = new SchemaMigrator(await world.open(hen), { migrations: [backfill, rename], mode: 'check' });

    expect((await migrator.plan()).steps.map(({ object }) => object)).toEqual([
      'UpperCase1700000000002',
      'Backfill1700000000003',
    ]);
    await migrator.migrate();
    await expect(remembered()).rejects.toThrow(/migrations/);
  });

  it('have to have a timestamp', async () => {
    await expect(migrate([migration('Nameless', [])], hen)).rejects.toThrow(/timestamp of 13 digits, got `Nameless`/);
  });
});
