import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchemaMigrator } from '@eggybyte/database';
import { databaseName } from '../../support/shared-flavour.js';
import { entity, type MariaDbWorld, mariaDbWorld, type SchemaWorld, worlds } from './schema-world.js';

let world: SchemaWorld;
afterEach(() => world.close());
const history = () =>
  world.query('SELECT object, kind, state, reason, version, ms FROM eggy_schema_history ORDER BY started_at, seq');

describe.each(worlds)('what %s remembers of its schema', (_, create) => {
  beforeEach(async () => {
    world = await create();
  });

  it('is each statement with its outcome, its time and the version of the service', async () => {
    await world.migrateWith({ version: '1.2.3' }, entity('hen', { name: { type: 'varchar' } }));
    await world.migrateWith(
      { version: '1.3.0' },
      entity('hen', { name: { type: 'varchar' }, age: { type: 'int', default: 0 } }),
    );

    expect(await history()).toEqual([
      { object: 'hen', kind: 'create-table', state: 'done', reason: null, version: '1.2.3', ms: expect.any(Number) },
      { object: 'hen.age', kind: 'add-column', state: 'done', reason: null, version: '1.3.0', ms: expect.any(Number) },
    ]);
  });

  it('keeps the last thousand statements', async () => {
    await world.migrate(entity('hen'));
    const old = Array.from(
      { length: 1200 },
      (__, seq) => `('old', ${seq}, 'f', 'h', 1, 'k', 'o', 's', 'done', '2020-01-01 00:00:00')`,
    );
    await world.query(
      `INSERT INTO eggy_schema_history (run, seq, fingerprint, host, pid, kind, object, statement, state, started_at) VALUES ${old.join()}`,
    );
    await world.migrate(entity('hen', { age: { type: 'int', default: 0 } }));

    const [row] = await world.query('SELECT COUNT(*) AS n FROM eggy_schema_history');
    expect(Number(row?.['n'])).toBeLessThanOrEqual(1000);
    expect(
      await world.query("SELECT object FROM eggy_schema_history WHERE run <> 'old' ORDER BY started_at, seq"),
    ).toEqual([{ object: 'hen' }, { object: 'hen.age' }]);
  });

  it('has a row for each version of the entities, so that two versions side by side do not fight', async () => {
    const [v1, v2] = [
      entity('hen', { name: { type: 'varchar', length: 20 } }),
      entity('hen', { name: { type: 'varchar', length: 80, nullable: true }, age: { type: 'int', default: 0 } }),
    ];
    await world.migrate(v1);
    const upgraded = await world.migrate(v2);
    const after = await world.dump();
    const outcomes = [];
    for (const version of [v1, v2, v1, v2, v1]) outcomes.push((await world.migrate(version)).outcome);

    expect(upgraded.outcome).toBe('applied');
    expect(outcomes).toEqual(outcomes.map(() => 'unchanged'));
    expect(await world.dump()).toBe(after);
    expect(await world.query('SELECT COUNT(*) AS n FROM eggy_schema_state')).toEqual([{ n: 2 }]);
    await (await world.open(v1)).getRepository(v1).insert({ name: 'by the old one' });
  });

  it('shows a change by hand at the next start', async () => {
    const hens = entity('hen', { name: { type: 'varchar', nullable: true } });
    await world.migrate(hens);
    expect((await world.migrate(hens)).outcome).toBe('unchanged');
    await world.query('ALTER TABLE hen DROP COLUMN name');

    expect((await world.migrate(hens)).addedColumns).toEqual(['hen.name']);
  });
});

describe(`an unchanged schema on ${databaseName}`, () => {
  let mariaDb: MariaDbWorld;
  beforeEach(async () => {
    mariaDb = await mariaDbWorld();
    world = mariaDb;
  });

  it('is seen by one query, and without the lock', async () => {
    const previous = { type: 'many-to-one', target: 'hen', nullable: true };
    const hens = entity('hen', { name: { type: 'varchar' } }, { relations: { previous } } as never);
    await world.migrate(hens);
    const dataSource = await world.open(hens);
    const holder = (await world.open()).createQueryRunner();
    await holder.query(`SELECT GET_LOCK(CONCAT('eggy:', LEFT(SHA2(DATABASE(), 256), 24)), 1)`);
    const before = await dataSource.query<{ n: string }[]>("SHOW SESSION STATUS LIKE 'Questions'");
    expect(await new SchemaMigrator(dataSource).migrate()).toMatchObject({ outcome: 'unchanged', waitedMs: 0 });
    const after = await dataSource.query<{ n: string }[]>("SHOW SESSION STATUS LIKE 'Questions'");
    await holder.release();

    const value = ([row]: unknown[]): number => Number((row as { Value: string }).Value);
    // The migrator's query and this one.
    expect(value(after) - value(before)).toBe(2);
  });

  it('needs no right to change it, nor to remember it', async () => {
    const hens = entity('hen', { name: { type: 'varchar' } });
    await world.migrate(hens);
    const writer = await mariaDb.openAs((await mariaDb.grant('SELECT, INSERT, UPDATE, DELETE')).dsn, hens);
    const reader = await mariaDb.openAs((await mariaDb.grant('SELECT')).dsn, hens);
    await world.query('DELETE FROM eggy_schema_state');

    expect((await new SchemaMigrator(reader).migrate()).outcome).toBe('unchanged');
    expect(await world.query('SELECT 1 FROM eggy_schema_state')).toEqual([]);
    expect((await new SchemaMigrator(writer).migrate()).outcome).toBe('unchanged');
    expect(await world.query('SELECT 1 FROM eggy_schema_state')).toHaveLength(1);
  });

  it('is seen although other services change their tables in the same database', async () => {
    const hens = entity('hen', { name: { type: 'varchar' } });
    await world.migrate(hens);
    await world.query('CREATE TABLE of_another_service (id int)');
    await world.query('DELETE FROM eggy_schema_history');
    await world.migrate(hens);

    expect(await history()).toEqual([]);
    expect((await world.migrate(hens)).outcome).toBe('unchanged');
  });
});
