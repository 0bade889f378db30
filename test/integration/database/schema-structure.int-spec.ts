import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchemaMigrator } from '@eggybyte/database';
import { databaseName } from '../../support/shared-flavour.js';
import {
  entity,
  type MariaDbWorld,
  mariaDbWorld,
  type Row,
  type Schema,
  type SchemaWorld,
  sqliteWorld,
  worlds,
} from './schema-world.js';

let world: SchemaWorld;
afterEach(() => world.close());

const indices = (...all: { name?: string; columns: string[]; unique?: boolean }[]): object => ({ indices: all });
const hen = (more: object = {}): Schema =>
  entity('hen', { name: { type: 'varchar' }, farm: { type: 'int', nullable: true } }, more);

describe.each(worlds)('SchemaMigrator on an existing table of %s', (name, create) => {
  beforeEach(async () => {
    world = await create();
  });

  const indexesOf = async (table: string): Promise<string[]> => {
    const rows =
      name !== 'SQLite'
        ? await world.query(
            'SELECT index_name AS name, NOT non_unique AS uniq, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS cols ' +
              "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' GROUP BY 1, 2",
            [table],
          )
        : await world.query(
            'SELECT l.name AS name, l."unique" AS uniq, GROUP_CONCAT(x.name) AS cols FROM pragma_index_list(?) l, pragma_index_info(l.name) x GROUP BY 1, 2',
            [table],
          );
    return rows.map((row) => `${Number(row['uniq']) === 1 ? 'unique ' : ''}${String(row['cols'])}`).toSorted();
  };

  it('adds missing indexes and unique constraints over columns that are there', async () => {
    await world.migrate(hen());
    await world.query("INSERT INTO hen (name, farm) VALUES ('a', 1), ('b', 1), ('c', NULL)");
    const changed = hen({ ...indices({ columns: ['farm', 'name'] }), uniques: [{ columns: ['name'] }] });
    const report = await world.migrate(changed);

    expect(report).toMatchObject({ outcome: 'applied', addedColumns: [] });
    expect(report.steps.map(({ kind }) => kind)).toEqual(['create-index', 'create-index']);
    expect(await indexesOf('hen')).toEqual(['farm,name', 'unique name']);
    await expect(world.query("INSERT INTO hen (name) VALUES ('a')")).rejects.toThrow(/dup|unique/i);
    expect(await world.migrate(changed)).toMatchObject({ outcome: 'unchanged', drift: [] });
  });

  it('takes an index of the same columns for the one that is asked for, whatever its name', async () => {
    await world.migrate(hen());
    await world.query('CREATE UNIQUE INDEX by_hand ON hen (name, farm)');
    await world.query('CREATE INDEX FARMS ON hen (farm)');
    const { steps, drift } = await world.migrate(
      hen(indices({ name: 'asked', columns: ['name', 'farm'] }, { name: 'farms_2', columns: ['farm'] })),
    );

    expect({ steps, drift }).toEqual({ steps: [], drift: [] });
  });

  it('leaves an index of the same name and another shape, and reports it', async () => {
    await world.migrate(hen());
    await world.query('CREATE INDEX Mine ON hen (farm)');
    const { steps, drift } = await world.migrate(hen(indices({ name: 'mine', columns: ['name'], unique: true })));

    expect(steps).toEqual([]);
    expect(drift).toEqual([
      expect.objectContaining({ kind: 'index', severity: 'warn', table: 'hen', object: 'mine', live: '(farm)' }),
    ]);
    expect(await indexesOf('hen')).toEqual(['farm']);
  });

  it('compares column names without looking at their case', async () => {
    await world.migrate(hen(indices({ columns: ['farm'] })));
    const shouting = entity(
      'hen',
      { NAME: { type: 'varchar' }, Farm: { type: 'int', nullable: true } },
      {
        ...indices({ columns: ['Farm'] }),
      },
    );

    expect(await world.migrate(shouting)).toMatchObject({ steps: [], drift: [] });
  });

  it('refuses a unique index over duplicates by their number, and changes nothing at all', async () => {
    await world.migrate(hen());
    await world.query("INSERT INTO hen (name) VALUES ('sesame'), ('sesame'), ('poppy'), ('poppy'), ('rye')");
    const before = await world.dump();
    const refusal = world.migrate(
      entity('coop'),
      entity(
        'hen',
        { name: { type: 'varchar' }, farm: { type: 'int', nullable: true }, age: { type: 'int', nullable: true } },
        {
          ...indices({ name: 'u', columns: ['name'], unique: true }),
        },
      ),
    );

    await expect(refusal).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_REFUSED',
      items: [{ table: 'hen', column: 'name', reason: expect.stringContaining('2 values are there more than once') }],
    });
    await expect(refusal).rejects.not.toThrow(/sesame|poppy/);
    expect(await world.dump()).toBe(before);
  });

  const must = { type: 'int' } as const;
  it.each([
    ['a column that needs a value', entity('hen', { must }), 'give it a default'],
    ['a part of the primary key', entity('hen', { farm: { type: 'int', primary: true } }), 'by hand'],
    ['a unique column of one value', entity('hen', { one: { type: 'int', default: 1, unique: true } }), 'nullable'],
    ['a table of another database', entity('egg', {}, { database: 'elsewhere' }), 'synchronize: false'],
  ])('refuses %s on a table with rows, and changes nothing at all', async (_, refused, fix) => {
    await world.migrate(entity('hen'));
    await world.query('INSERT INTO hen (id) VALUES (1), (2)');
    const before = await world.dump();
    const entities = [entity('coop'), refused, entity('nest')];
    if (refused.options.name === 'egg') entities.push(entity('hen', { fine: { type: 'int', nullable: true } }));

    await expect(world.migrate(...entities)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_REFUSED',
      items: [{ fix: expect.stringContaining(fix) }],
    });
    expect(await world.dump()).toBe(before);
  });

  it('makes again what was taken away by hand', async () => {
    const indexed = hen(indices({ name: 'by_farm', columns: ['farm'] }));
    await world.migrate(indexed);
    await world.query(name !== 'SQLite' ? 'DROP INDEX by_farm ON hen' : 'DROP INDEX by_farm');
    await world.query('ALTER TABLE hen DROP COLUMN name');

    // There are no rows, so that the column needs no value.
    expect((await world.migrate(indexed)).steps.map(({ kind }) => kind)).toEqual(['add-column', 'create-index']);
    expect(await indexesOf('hen')).toEqual(['farm']);
  });
});

describe(`SchemaMigrator with foreign keys on ${databaseName}`, () => {
  let mariaDb: MariaDbWorld;
  beforeEach(async () => {
    mariaDb = await mariaDbWorld();
    world = mariaDb;
  });

  const key = (target: string, more: object = {}): object => ({
    relations: { [target]: { type: 'many-to-one', target, nullable: true, ...more } },
  });
  const keysOf = (table: string): Promise<Row[]> =>
    world.query(
      'SELECT constraint_name AS name, referenced_table_name AS ref FROM information_schema.referential_constraints ' +
        'WHERE constraint_schema = DATABASE() AND table_name = ? ORDER BY 1',
      [table],
    );

  it('adds a missing key over a column that is there, and takes one of another name for it', async () => {
    await world.migrate(entity('farm'), entity('hen', { farmId: { type: 'int', nullable: true } }));
    const wanted = [entity('farm'), entity('hen', {}, key('farm'))];
    expect((await world.migrate(...wanted)).steps.map(({ kind }) => kind)).toEqual(['add-foreign-key']);
    const [made] = await keysOf('hen');
    await world.query(`ALTER TABLE hen DROP FOREIGN KEY \`${String(made?.['name'])}\``);
    await world.query('ALTER TABLE hen ADD CONSTRAINT by_hand FOREIGN KEY (farmId) REFERENCES farm (id)');

    expect(await world.migrate(...wanted)).toMatchObject({ steps: [], drift: [] });
    expect(await keysOf('hen')).toEqual([{ name: 'by_hand', ref: 'farm' }]);
  });

  it('makes a key of a circle that a crash has left out', async () => {
    const circle = [entity('egg', {}, key('hen')), entity('hen', {}, key('egg'))];
    await world.migrate(...circle);
    const [last] = await keysOf('egg');
    await world.query(`ALTER TABLE egg DROP FOREIGN KEY \`${String(last?.['name'])}\``);
    await world.query('DELETE FROM eggy_schema_state');
    await world.migrate(...circle);

    expect(await keysOf('egg')).toEqual([last]);
    expect(await keysOf('hen')).toHaveLength(1);
  });

  it('sees at the next start that a key was dropped by hand, and adds it again', async () => {
    const wanted = [entity('farm'), entity('hen', {}, key('farm'))];
    await world.migrate(...wanted);
    expect((await world.migrate(...wanted)).outcome).toBe('unchanged');
    const [made] = await keysOf('hen');
    await world.query(`ALTER TABLE hen DROP FOREIGN KEY \`${String(made?.['name'])}\``);

    const { outcome, steps } = await world.migrate(...wanted);
    expect(outcome).toBe('applied');
    expect(steps.map(({ kind, object }) => [kind, object])).toEqual([['add-foreign-key', made?.['name']]]);
    expect(await keysOf('hen')).toEqual([made]);
    expect((await world.migrate(...wanted)).outcome).toBe('unchanged');
  });

  it('sees no difference in a key where the user may only read', async () => {
    const wanted = [entity('farm'), entity('hen', {}, key('farm', { onDelete: 'CASCADE' }))];
    await world.migrate(...wanted);
    const { dsn } = await mariaDb.grant('SELECT');
    const reader = new SchemaMigrator(await mariaDb.openAs(dsn, ...wanted));

    expect(await reader.migrate()).toMatchObject({ outcome: 'unchanged', drift: [] });
    await world.query('DELETE FROM eggy_schema_state');
    expect(await reader.plan()).toMatchObject({ steps: [], drift: [] });
    expect(await reader.migrate()).toMatchObject({ outcome: 'unchanged', drift: [] });
  });

  it('goes on where rows refer to nothing, and says what to run when they are clean', async () => {
    await world.migrate(entity('farm'), entity('hen', { farmId: { type: 'int', nullable: true } }));
    await world.query('INSERT INTO hen (farmId) VALUES (7)');
    const wanted = [entity('farm'), entity('hen', {}, key('farm'))];
    const { drift, steps } = await world.migrate(...wanted);

    expect(steps).toEqual([]);
    expect(drift).toEqual([
      expect.objectContaining({
        kind: 'refused-by-server',
        severity: 'warn',
        sql: expect.stringContaining('FOREIGN KEY'),
      }),
    ]);
    // Until something changes it is not tried again, and still told.
    expect(await world.migrate(...wanted)).toMatchObject({ outcome: 'unchanged', drift });
    await world.query('UPDATE hen SET farmId = NULL');
    await world.query(String(drift[0]?.sql));
    expect(await keysOf('hen')).toHaveLength(1);
    expect(await world.migrate(...wanted)).toMatchObject({ steps: [], drift: [] });
  });

  it('reports other rules of a key, and leaves them', async () => {
    await world.migrate(entity('farm'), entity('hen', {}, key('farm', { onDelete: 'CASCADE' })));

    expect((await world.migrate(entity('farm'), entity('hen', {}, key('farm')))).drift).toEqual([
      expect.objectContaining({ kind: 'foreign-key', live: 'ON DELETE CASCADE ON UPDATE NO ACTION' }),
    ]);
  });
});

describe('SchemaMigrator with foreign keys on SQLite', () => {
  it('reports at the next start that a key was taken away by hand', async () => {
    world = await sqliteWorld();
    const relations = { farm: { type: 'many-to-one', target: 'farm', nullable: true } };
    const wanted = [entity('farm'), entity('hen', {}, { relations } as never)];
    await world.migrate(...wanted);
    expect(await world.migrate(...wanted)).toMatchObject({ outcome: 'unchanged', drift: [] });
    await world.query('ALTER TABLE hen RENAME TO old_hen');
    await world.query('CREATE TABLE hen (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "farmId" INTEGER)');
    await world.query('DROP TABLE old_hen');

    const { steps, drift } = await world.migrate(...wanted);
    expect(steps).toEqual([]);
    expect(drift).toEqual([expect.objectContaining({ kind: 'foreign-key', table: 'hen', live: 'none' })]);
  });
});
