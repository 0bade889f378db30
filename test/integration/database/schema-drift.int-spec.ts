import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchemaMigrator } from '@eggybyte/database';
import { Metrics } from '@eggybyte/observability';
import { EntitySchema } from 'typeorm';
import { databaseName } from '../../support/shared-flavour.js';
import { entity, mariaDbWorld, type Row, type Schema, type SchemaWorld, sqliteWorld, worlds } from './schema-world.js';

let world: SchemaWorld;
afterEach(() => world.close());

describe.each(worlds)('drift on %s', (name, create) => {
  beforeEach(async () => {
    world = await create();
  });

  it('is what a removed or renamed property leaves: nothing is dropped, however often it starts', async () => {
    await world.migrate(
      entity(
        'hen',
        { name: { type: 'varchar', nullable: true }, age: { type: 'int', default: 0 } },
        {
          indices: [{ name: 'by_age', columns: ['age'] }],
        },
      ),
    );
    await world.query("INSERT INTO hen (name, age) VALUES ('a', 7)");
    // `age` is gone, `name` has another name, and `height` could be taken for `age` under another name.
    const later = entity('hen', {
      title: { type: 'varchar', nullable: true },
      height: { type: 'int', nullable: true },
    });
    const first = await world.migrate(later);
    const second = await world.migrate(later);

    expect(first.addedColumns).toEqual(['hen.title', 'hen.height']);
    expect(first.drift.map(({ kind, object, severity }) => `${severity} ${kind} ${object}`)).toEqual([
      'info extra-column name',
      'info extra-column age',
      'info extra-index by_age',
    ]);
    expect(second).toMatchObject({ outcome: 'unchanged', drift: first.drift });
    expect(await world.query('SELECT * FROM hen')).toEqual([{ id: 1, name: 'a', age: 7, title: null, height: null }]);
  });

  it('is an error where a column that no entity knows makes every insert fail', async () => {
    const older = entity('hen', { ring: { type: 'int' } });
    await world.migrate(older);
    const { drift } = await world.migrate(entity('hen'));

    expect(drift).toEqual([expect.objectContaining({ kind: 'extra-column', severity: 'error', object: 'ring' })]);
    if (name === 'SQLite') return;
    await world.query(String(drift[0]?.sql));
    await world.query('INSERT INTO hen () VALUES ()');
    expect((await world.migrate(entity('hen'))).drift).toEqual([
      expect.objectContaining({ kind: 'extra-column', severity: 'info' }),
    ]);
  });

  it('is another default and another primary key, which stay', async () => {
    await world.migrate(entity('hen', { eggs: { type: 'int', default: 1 }, farm: { type: 'int', default: 0 } }));
    const before = await world.dump();
    const { drift, steps } = await world.migrate(
      entity('hen', { eggs: { type: 'int', default: 2 }, farm: { type: 'int', primary: true }, id: { type: 'int' } }),
    );

    expect(steps).toEqual([]);
    expect(drift).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'default',
          severity: 'info',
          object: 'eggs',
          wanted: expect.stringContaining('2'),
        }),
        expect.objectContaining({ kind: 'primary-key', severity: 'error', live: 'id', wanted: 'farm' }),
      ]),
    );
    expect(await world.dump()).toBe(before);
  });

  it('is a view that is missing, and none once it is there', async () => {
    const view = new EntitySchema<Row>({
      name: 'layers',
      type: 'view',
      expression: 'SELECT id FROM hen',
      columns: { id: { type: 'int', primary: true } },
    });
    const { drift } = await world.migrate(entity('hen'), view);
    expect(drift).toEqual([expect.objectContaining({ kind: 'view', severity: 'warn', table: 'layers' })]);
    await world.query('CREATE VIEW layers AS SELECT id FROM hen');
    await world.query('DELETE FROM eggy_schema_state');

    expect((await world.migrate(entity('hen'), view)).drift).toEqual([]);
  });

  it('is stored in the database, told at each start and counted by severity', async () => {
    await world.migrate(entity('hen', { ring: { type: 'int' }, name: { type: 'varchar', nullable: true } }));
    const told: string[] = [];
    const tell = (message: unknown): void => void told.push(String(message));
    const quiet = (): void => undefined;
    Logger.overrideLogger({ log: tell, warn: tell, error: tell, debug: quiet, verbose: quiet });
    const metrics = new Metrics();
    const dataSource = await world.open(entity('hen'));
    for (let start = 0; start < 2; start++) await new SchemaMigrator(dataSource, { metrics }).migrate();
    Logger.overrideLogger(false);

    const text = await metrics.registry.metrics();
    expect(text).toContain('eggy_database_schema_drift{severity="error",data_source="default"} 1\n');
    expect(text).toContain('eggy_database_schema_drift{severity="warn",data_source="default"} 0\n');
    expect(text).toContain('eggy_database_schema_drift{severity="info",data_source="default"} 1\n');
    expect(told.filter((line) => line.includes('differs from the entities'))).toEqual([
      expect.stringContaining('1 error, 1 info'),
      expect.stringContaining('1 error, 1 info'),
    ]);
    expect(told.filter((line) => line.startsWith('extra-column hen.ring'))).toHaveLength(2);
    const stored = await world.query('SELECT drift FROM eggy_schema_state ORDER BY recorded_at DESC LIMIT 1');
    expect(JSON.parse(String(stored[0]?.['drift']))).toHaveLength(2);
  });
});

describe('drift on SQLite alone', () => {
  beforeEach(async () => {
    world = await sqliteWorld();
  });

  it('is an enum with more values than the table takes, or fewer', async () => {
    const kinds = (...values: string[]): Schema => entity('hen', { kind: { type: 'enum', enum: values } });
    await world.migrate(kinds('a', `it's`));

    expect((await world.migrate(kinds(`it's`, 'a'))).drift).toEqual([]);
    expect((await world.migrate(kinds('a', `it's`, 'c'))).drift).toEqual([
      expect.objectContaining({ kind: 'type', severity: 'warn', object: 'kind' }),
    ]);
    expect((await world.migrate(kinds('a'))).drift).toEqual([
      expect.objectContaining({ kind: 'type', severity: 'info', object: 'kind' }),
    ]);
  });
});

describe(`drift on ${databaseName} alone`, () => {
  beforeEach(async () => {
    world = await mariaDbWorld();
  });

  it('is a @Check, which is not made there', async () => {
    const checked = entity('hen', { age: { type: 'int' } }, { checks: [{ name: 'young', expression: 'age < 9' }] });

    expect((await world.migrate(checked)).drift).toEqual([
      expect.objectContaining({ kind: 'check', severity: 'info', object: 'young' }),
    ]);
  });

  it('tells an index of parts of a column from one of the whole', async () => {
    await world.migrate(entity('hen', { name: { type: 'varchar' } }));
    await world.query('CREATE INDEX start ON hen (name(3))');
    const { drift, steps } = await world.migrate(
      entity('hen', { name: { type: 'varchar' } }, { indices: [{ name: 'whole', columns: ['name'] }] }),
    );

    expect(steps.map(({ object }) => object)).toEqual(['whole']);
    expect(drift).toEqual([expect.objectContaining({ kind: 'extra-index', object: 'start' })]);
  });
});
