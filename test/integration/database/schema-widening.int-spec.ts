import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntitySchemaColumnOptions } from 'typeorm';
import { type Columns, entity, mariaDbWorld, type Row, type SchemaWorld } from './schema-world.js';

let world: SchemaWorld;
beforeEach(async () => {
  world = await mariaDbWorld();
});
afterEach(() => world.close());

/** In one form: each server writes widths of integers, defaults and moments in its own way. */
const columnOf = async (name: string): Promise<Row> => {
  const [row = {}] = await world.query(
    'SELECT column_type AS type, is_nullable AS nullable, column_default AS def, collation_name AS collation, ' +
      'column_comment AS comment, extra AS extra FROM information_schema.columns ' +
      "WHERE table_schema = DATABASE() AND table_name = 'hen' AND column_name = ?",
    [name],
  );
  const { type, def, extra } = row;
  const literal = /^'(.*)'$/s.exec(String(def))?.[1]?.replaceAll("''", "'");
  return {
    ...row,
    type: String(type).replace(/^(\w*int)\(\d+\)/, '$1'),
    def: literal ?? String(def).toLowerCase(),
    extra: String(extra).replace('DEFAULT_GENERATED ', '').toLowerCase(),
  };
};

type Case = [
  what: string,
  from: EntitySchemaColumnOptions,
  to: EntitySchemaColumnOptions,
  type: string,
  value: unknown,
];
const CASES: Case[] = [
  ['text', { type: 'varchar', length: 5 }, { type: 'varchar', length: 300 }, 'varchar(300)', 'abcde'],
  ['long', { type: 'varchar', length: 5 }, { type: 'text' }, 'text', 'äöüßé'],
  ['longer', { type: 'tinytext' }, { type: 'mediumtext' }, 'mediumtext', 'x'.repeat(250)],
  ['count', { type: 'smallint', unsigned: true }, { type: 'bigint', unsigned: true }, 'bigint unsigned', '65535'],
  [
    'price',
    { type: 'decimal', precision: 6, scale: 2 },
    { type: 'decimal', precision: 9, scale: 3 },
    'decimal(9,3)',
    '1234.56',
  ],
  [
    'moment',
    { type: 'datetime', precision: 0 },
    { type: 'datetime', precision: 6 },
    'datetime(6)',
    '2026-02-03 04:05:06',
  ],
  [
    'kind',
    { type: 'enum', enum: ['a', `it's`] },
    { type: 'enum', enum: ['a', `it's`, 'c'] },
    "enum('a','it''s','c')",
    `it's`,
  ],
  ['marks', { type: 'set', enum: ['a', 'b'] }, { type: 'set', enum: ['a', 'b', 'c'] }, "set('a','b','c')", 'a,b'],
  [
    'bytes',
    { type: 'varbinary', length: 4 },
    { type: 'varbinary', length: 40 },
    'varbinary(40)',
    Buffer.from([0, 255]),
  ],
];

describe('SchemaMigrator that widens', () => {
  it('gives columns the larger type of their entity and keeps every value', async () => {
    const columns = (of: (one: Case) => EntitySchemaColumnOptions): Columns =>
      Object.fromEntries(CASES.map((one) => [one[0], { ...of(one), nullable: true }]));
    await world.migrate(
      entity(
        'hen',
        columns(([, from]) => from),
      ),
    );
    const names = CASES.map(([name]) => `\`${name}\``).join();
    await world.query(`INSERT INTO hen (${names}) VALUES (?)`, [CASES.map((one) => one[4])]);
    const old = await world.query('SELECT * FROM hen');
    const wider = entity(
      'hen',
      columns((one) => one[2]),
    );
    const report = await world.migrate(wider);

    expect(report.widenedColumns).toEqual(CASES.map(([name]) => `hen.${name}`));
    for (const [name, , , type] of CASES) expect((await columnOf(name))['type']).toBe(type);
    // A larger scale shows more digits of the same number.
    expect(await world.query('SELECT * FROM hen')).toEqual([{ ...old[0], price: '1234.560' }]);
    expect(await world.migrate(wider)).toMatchObject({ outcome: 'unchanged', drift: [] });
  });

  it('lets a column be empty that the entity lets be empty', async () => {
    await world.migrate(entity('hen', { name: { type: 'varchar' }, eggs: { type: 'int', default: 3 } }));
    const relaxed = entity('hen', {
      name: { type: 'varchar', nullable: true },
      eggs: { type: 'int', nullable: true, default: 3 },
    });
    expect((await world.migrate(relaxed)).widenedColumns).toEqual(['hen.name', 'hen.eggs']);
    await world.query('INSERT INTO hen () VALUES ()');

    expect(await world.query('SELECT name, eggs FROM hen')).toEqual([{ name: null, eggs: 3 }]);
  });

  it('repeats what the column has and the entity does not say', async () => {
    await world.query(
      'CREATE TABLE hen (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, ' +
        `name varchar(5) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'it''s' COMMENT 'say "it''s"', ` +
        'changed datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, ' +
        'eggs int NOT NULL DEFAULT 7 CHECK (eggs < 100)) DEFAULT CHARSET=utf8mb4',
    );
    const report = await world.migrate(
      entity('hen', {
        name: { type: 'varchar', length: 50 },
        changed: { type: 'datetime', precision: 3 },
        eggs: { type: 'bigint' },
      }),
    );

    expect(report.widenedColumns).toEqual(['hen.name', 'hen.changed', 'hen.eggs']);
    expect(await columnOf('name')).toEqual({
      type: 'varchar(50)',
      nullable: 'NO',
      def: `it's`,
      collation: 'latin1_german1_ci',
      comment: `say "it's"`,
      extra: '',
    });
    expect(await columnOf('changed')).toMatchObject({
      type: 'datetime(3)',
      def: 'current_timestamp(3)',
      extra: 'on update current_timestamp(3)',
    });
    expect(await columnOf('eggs')).toMatchObject({ type: 'bigint', def: '7' });
    await expect(world.query('INSERT INTO hen (eggs) VALUES (100)')).rejects.toThrow(/constraint/i);
    // What the entity does not ask for is told, and stays.
    expect(report.drift.map(({ kind, object }) => `${kind} ${object}`)).toEqual(
      expect.arrayContaining(['default name', 'default eggs']),
    );
  });

  it('never narrows, and reports what it leaves', async () => {
    await world.migrate(
      entity('hen', {
        a: { type: 'varchar', length: 50 },
        b: { type: 'bigint' },
        c: { type: 'varchar', nullable: true },
        d: { type: 'int' },
      }),
    );
    const before = await world.dump();
    const { steps, drift } = await world.migrate(
      entity('hen', {
        a: { type: 'varchar', length: 5 },
        b: { type: 'int' },
        c: { type: 'varchar' },
        d: { type: 'varchar' },
      }),
    );

    expect(steps).toEqual([]);
    expect(drift.map(({ kind, object, severity, live, wanted }) => [kind, object, severity, live, wanted])).toEqual([
      ['type', 'a', 'info', 'varchar(50)', 'varchar(5)'],
      ['type', 'b', 'info', 'bigint', 'int'],
      ['nullability', 'c', 'info', 'NULL', 'NOT NULL'],
      ['type', 'd', 'warn', 'int', 'varchar(255)'],
    ]);
    expect(await world.dump()).toBe(before);
  });

  it('reports a primary key that is too narrow, with the statement to run by hand', async () => {
    await world.migrate(entity('hen'));
    const { steps, drift } = await world.migrate(
      entity('hen', { id: { type: 'bigint', primary: true, generated: true } }),
    );
    expect(steps).toEqual([]);
    expect(drift).toEqual([expect.objectContaining({ kind: 'type', severity: 'warn', live: 'int', wanted: 'bigint' })]);
    await world.query(String(drift[0]?.sql));

    expect(await columnOf('id')).toMatchObject({ type: 'bigint', extra: 'auto_increment', nullable: 'NO' });
  });

  it('changes a large table only where the server does it in place, and tells the rest', async () => {
    await world.migrate(
      entity('hen', { name: { type: 'varchar', length: 5 }, eggs: { type: 'int' }, farm: { type: 'int' } }),
    );
    await world.query("INSERT INTO hen (name, eggs, farm) VALUES ('a', 1, 1), ('b', 2, 1), ('c', 3, 1)");
    const larger = entity(
      'hen',
      { name: { type: 'varchar', length: 50 }, eggs: { type: 'bigint' }, farm: { type: 'int' } },
      { indices: [{ columns: ['farm'] }] as never },
    );
    const report = await world.migrateWith({ copyMaxRows: 2 }, larger);

    expect(report.steps.map(({ sql }) => sql.replaceAll(/.*(?=ALGORITHM)/g, ''))).toEqual([
      'ALGORITHM=INPLACE, LOCK=NONE',
      'ALGORITHM=INPLACE LOCK=NONE',
    ]);
    expect(report.widenedColumns).toEqual(['hen.name']);
    expect(await columnOf('name')).toMatchObject({ type: 'varchar(50)' });
    expect(await columnOf('eggs')).toMatchObject({ type: 'int' });
    expect(report.drift).toEqual([
      expect.objectContaining({ kind: 'refused-by-server', object: 'eggs', sql: expect.stringContaining('MODIFY') }),
    ]);
    // A table with as many rows as the limit is not large.
    expect((await world.migrateWith({ copyMaxRows: 3 }, larger)).outcome).toBe('unchanged');
    await world.query('DELETE FROM eggy_schema_state');
    expect((await world.migrateWith({ copyMaxRows: 3 }, larger)).widenedColumns).toEqual(['hen.eggs']);
  });

  it('goes on where a foreign key keeps a column from becoming wider', async () => {
    const relations = { farm: { type: 'many-to-one', target: 'farm', nullable: true } };
    await world.migrate(
      entity('farm', { id: { type: 'int', primary: true } }),
      entity('hen', {}, { relations } as never),
    );
    const { drift, steps } = await world.migrate(
      entity('farm', { id: { type: 'bigint', primary: true } }),
      entity('hen', {}, { relations } as never),
    );

    expect(steps).toEqual([]);
    expect(drift.map(({ table, kind }) => `${table} ${kind}`)).toEqual(['farm type', 'hen refused-by-server']);
  });

  it('widens nothing when it is told so', async () => {
    await world.migrate(entity('hen', { name: { type: 'varchar', length: 5 } }));
    const { steps, drift } = await world.migrateWith(
      { widen: false },
      entity('hen', { name: { type: 'text', nullable: true } }),
    );

    expect(steps).toEqual([]);
    expect(drift).toEqual([
      expect.objectContaining({
        kind: 'type',
        severity: 'warn',
        sql: expect.stringContaining('MODIFY COLUMN `name` text'),
      }),
    ]);
  });
});
