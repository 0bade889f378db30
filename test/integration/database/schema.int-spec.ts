import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DataSource,
  EntitySchema,
  type EntitySchemaColumnOptions,
  type EntitySchemaOptions,
  type EntitySchemaRelationOptions,
} from 'typeorm';
import {
  type InitTableContext,
  openDatabase,
  type RefusedItem,
  SchemaMigrator,
  type SchemaReport,
} from '@eggybyte/database';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { databaseName } from '../../support/shared-flavour.js';

type Row = Record<string, unknown>;
type Columns = Record<string, EntitySchemaColumnOptions>;
type Relations = Record<string, EntitySchemaRelationOptions>;
type Schema = EntitySchema<Row>;

const ID: Columns = { id: { type: 'int', primary: true, generated: true } };

function entity(name: string, columns: Columns = {}, more: Partial<EntitySchemaOptions<Row>> = {}): Schema {
  return new EntitySchema<Row>({ name, columns: { ...ID, ...columns }, ...more });
}
const relations = (all: Relations): Partial<EntitySchemaOptions<Row>> => ({ relations: all });

let database: TestDatabase;
const opened: DataSource[] = [];
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('schema');
});
afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy();
  await database.drop();
});

async function open(...entities: Schema[]): Promise<DataSource> {
  const dataSource = await openDatabase({ dsn: database.dsn, entities });
  opened.push(dataSource);
  return dataSource;
}

async function migrate(...entities: Schema[]): Promise<SchemaReport> {
  return new SchemaMigrator(await open(...entities)).migrate();
}

const tables = async (): Promise<string[]> =>
  (await database.query('SHOW TABLES'))
    .map((row) => String(Object.values(row)[0]))
    .filter((name) => !name.startsWith('eggy_'))
    .toSorted();
const columnsOf = async (table: string): Promise<unknown[]> =>
  (await database.query(`SHOW COLUMNS FROM \`${table}\``)).map(({ Field }) => Field);
const keysOf = (table: string): Promise<Row[]> =>
  database.query(
    'SELECT constraint_name AS name, referenced_table_name AS ref FROM information_schema.key_column_usage ' +
      'WHERE table_schema = DATABASE() AND table_name = ? AND referenced_table_name IS NOT NULL',
    [table],
  );
const indexesOf = async (table: string): Promise<string[]> => {
  const rows = await database.query(`SHOW INDEX FROM \`${table}\``);
  const names = [...new Set(rows.map(({ Key_name }) => Key_name))];
  return names.map((name) => {
    const own = rows.filter(({ Key_name }) => Key_name === name);
    return `${own[0]?.['Non_unique'] === 0 ? 'unique ' : ''}${own.map(({ Column_name }) => Column_name).join()}`;
  });
};

describe(`SchemaMigrator on ${databaseName}`, () => {
  it('creates tables with indexes and foreign keys, cycles and junctions too, and finds nothing to do again', async () => {
    const entities = [
      entity(
        'a_egg',
        { code: { type: 'varchar', unique: true } },
        relations({ hen: { type: 'many-to-one', target: 'hen' } }),
      ),
      entity(
        'hen',
        { name: { type: 'varchar', length: 50 }, note: { type: 'text', nullable: true } },
        {
          ...relations({
            favourite: { type: 'many-to-one', target: 'a_egg', nullable: true, onDelete: 'SET NULL' },
            mother: { type: 'many-to-one', target: 'hen', nullable: true },
            friends: { type: 'many-to-many', target: 'hen', joinTable: { name: 'friends' } },
          }),
          indices: [{ columns: ['name', 'id'] }, { columns: ['id', 'name'] }] as never,
        },
      ),
    ];
    const report = await migrate(...entities);

    expect(report.createdTables.toSorted()).toEqual(['a_egg', 'friends', 'hen']);
    expect((await keysOf('hen')).map(({ ref }) => String(ref)).toSorted()).toEqual(['a_egg', 'hen']);
    expect(await keysOf('a_egg')).toHaveLength(1);
    expect(await keysOf('friends')).toHaveLength(2);
    expect(await indexesOf('a_egg')).toContain('unique code');
    expect(await indexesOf('hen')).toEqual(expect.arrayContaining(['name,id', 'id,name']));
    expect(await migrate(...entities)).toMatchObject({ createdTables: [], addedColumns: [], initializedTables: [] });
  });

  it('makes utf8mb4 tables, and writes text defaults as they are', async () => {
    await database.query(`ALTER DATABASE ${database.name} CHARACTER SET latin1`);
    const given = `it's a \\ "🥚"`;
    await migrate(entity('hen', { note: { type: 'varchar', default: given } }));
    await database.query('INSERT INTO hen () VALUES ()');

    expect(await database.query('SELECT note FROM hen')).toEqual([{ note: given }]);
  });

  it('adds columns with their indexes and foreign keys, keeping the rows and what it does not know', async () => {
    await migrate(entity('hen', { name: { type: 'varchar' } }), entity('nest'));
    await database.query("INSERT INTO hen (name) VALUES ('a'), ('b')");
    await database.query("ALTER TABLE hen ADD mine varchar(9) DEFAULT 'kept', ADD INDEX by_hand (mine)");
    const report = await migrate(
      entity(
        'hen',
        {
          name: { type: 'varchar' },
          eggs: { type: 'int', default: 3 },
          ring: { type: 'varchar', nullable: true, unique: true },
          tenant: { type: 'int', default: 1 },
          kind: { type: 'enum', enum: ['layer', 'broiler'], default: 'layer' },
          made: { type: 'datetime', createDate: true, precision: 6 },
        },
        {
          ...relations({ nest: { type: 'many-to-one', target: 'nest', nullable: true } }),
          uniques: [{ columns: ['tenant', 'name'] }] as never,
        },
      ),
      entity('nest'),
    );

    expect(report.addedColumns).toEqual(
      ['eggs', 'ring', 'tenant', 'kind', 'made', 'nestId'].map((name) => `hen.${name}`),
    );
    expect(await database.query('SELECT * FROM hen WHERE id = 1')).toEqual([
      {
        id: 1,
        name: 'a',
        mine: 'kept',
        eggs: 3,
        ring: null,
        tenant: 1,
        kind: 'layer',
        made: expect.any(Date),
        nestId: null,
      },
    ]);
    expect(await indexesOf('hen')).toEqual(expect.arrayContaining(['mine', 'unique ring', 'unique tenant,name']));
    expect(await keysOf('hen')).toHaveLength(1);
  });

  it('refuses as a whole what the rows cannot have', async () => {
    await migrate(entity('hen', { name: { type: 'varchar' } }));
    await database.query("INSERT INTO hen (name) VALUES ('a'), ('a')");
    const refusal = migrate(
      entity('new_table'),
      entity(
        'hen',
        {
          name: { type: 'varchar' },
          weight: { type: 'int' },
          ring: { type: 'varchar', default: 'none', unique: true },
          tenant: { type: 'int', default: 1 },
          fine: { type: 'int', nullable: true },
        },
        { uniques: [{ columns: ['tenant', 'name'] }] as never },
      ),
      entity('egg', {}, { database: 'elsewhere' }),
    );

    await expect(refusal).rejects.toMatchObject({ code: 'EGGY_DATABASE_SCHEMA_REFUSED' });
    const { items } = (await refusal.catch((error: unknown) => error)) as { items: RefusedItem[] };
    expect(items.map(({ table, column }) => `${table} ${column ?? ''}`.trim()).toSorted()).toEqual([
      'elsewhere.egg',
      'hen ring',
      'hen tenant, name',
      'hen weight',
    ]);
    expect(await tables()).toEqual(['hen']);
    expect(await columnsOf('hen')).toEqual(['id', 'name']);
  });

  it('waits for the lock until its deadline, then says what to do', async () => {
    const holder = await open();
    const runner = holder.createQueryRunner();
    const waiting = await open(entity('hen'));
    const name = `CONCAT('eggy:', LEFT(SHA2(DATABASE(), 256), 24))`;
    await runner.query(`SELECT GET_LOCK(${name}, 1)`);
    const began = performance.now();

    await expect(new SchemaMigrator(waiting, { lockTimeout: '1s' }).migrate()).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_LOCK',
    });
    expect(performance.now() - began).toBeLessThan(5000);
    await runner.query(`SELECT RELEASE_LOCK(${name})`);
    await runner.release();
    expect((await new SchemaMigrator(waiting).migrate()).createdTables).toEqual(['hen']);
  });

  it('gives way to a transaction that holds a table, and then succeeds', async () => {
    await migrate(entity('hen', { name: { type: 'varchar' } }));
    const other = await open();
    const runner = other.createQueryRunner();
    await runner.startTransaction();
    await runner.query('SELECT * FROM hen');
    const report = migrate(entity('hen', { name: { type: 'varchar' }, eggs: { type: 'int', default: 0 } }));
    setTimeout(() => void runner.commitTransaction().then(() => runner.release()), 500);

    expect((await report).addedColumns).toEqual(['hen.eggs']);
  });

  it('names the statement that the user may not run, and what to grant', async () => {
    await database.query(`CREATE USER reader_${database.name.slice(-8)}@'%' IDENTIFIED BY 'pw'`);
    await database.query(`GRANT SELECT ON ${database.name}.* TO reader_${database.name.slice(-8)}@'%'`);
    const { host, port } = database.address;
    const dsn = `reader_${database.name.slice(-8)}:pw@tcp(${host}:${port})/${database.name}`;
    const reader = await openDatabase({ dsn, entities: [entity('hen')] });
    opened.push(reader);

    await expect(new SchemaMigrator(reader).migrate()).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_APPLY',
      what: 'Step create-table of hen failed',
      fix: expect.stringContaining('grant'),
    });
    await database.query(`DROP USER reader_${database.name.slice(-8)}@'%'`);
  });

  it('leaves no connection with its session settings in the pool', async () => {
    const dataSource = await openDatabase({ dsn: database.dsn, entities: [entity('hen')], maxOpenConns: 1 });
    opened.push(dataSource);
    await new SchemaMigrator(dataSource).migrate();

    const sql = "SELECT IF(@@wait_timeout = @@global.wait_timeout, 'as usual', 'its own') AS it";
    expect(await dataSource.query(sql)).toEqual([{ it: 'as usual' }]);
  });
});

describe(`SchemaMigrator with initTable on ${databaseName}`, () => {
  const hen = entity('hen', { name: { type: 'varchar' } });
  const run = async (initTable: (context: InitTableContext) => Promise<void>): Promise<SchemaReport> =>
    new SchemaMigrator(await open(hen), {
      initializations: [{ entity: hen, name: 'Hens', initializer: () => ({ initTable }) }],
    }).migrate();

  it('undoes what it did when it fails, runs it again at the next start, and never after that', async () => {
    const failing = run(async ({ manager }) => {
      await manager.insert(hen, { name: 'half' });
      throw new Error('no hens');
    });
    await expect(failing).rejects.toMatchObject({ code: 'EGGY_DATABASE_INIT_TABLE' });
    expect(await database.query('SELECT * FROM hen')).toEqual([]);

    const again = await run(async ({ manager, created }) => {
      expect(created).toBe(true);
      await manager.insert(hen, { name: 'whole' });
    });
    expect(again).toMatchObject({ createdTables: [], initializedTables: ['hen'] });
    expect((await run(() => Promise.reject(new Error('never')))).initializedTables).toEqual([]);
    expect(await database.query('SELECT name FROM hen')).toEqual([{ name: 'whole' }]);
  });

  it('takes repositories of the data source along in its transaction', async () => {
    const dataSource = await open(hen);
    const initTable = async (): Promise<void> => {
      await dataSource.getRepository(hen).insert({ name: 'gone' });
      throw new Error('undo');
    };
    const initializations = [{ entity: hen, name: 'Hens', initializer: () => ({ initTable }) }];

    await expect(new SchemaMigrator(dataSource, { initializations }).migrate()).rejects.toThrow('undo');
    expect(await database.query('SELECT * FROM hen')).toEqual([]);
  });
});
