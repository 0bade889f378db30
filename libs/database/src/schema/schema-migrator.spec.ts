import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataSource, EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaOptions } from 'typeorm';
import { openDatabase } from '../open-database.js';
import { SchemaMigrator, type SchemaReport } from './schema-migrator.js';
import type { InitTableContext } from './table-initializer.js';

interface Item {
  id: number;
  name: string;
}

type Columns = Record<string, EntitySchemaColumnOptions>;

/** An entity `item` with an id, a name, and what a test adds. */
function item(columns: Columns = {}, more: Partial<EntitySchemaOptions<Item>> = {}): EntitySchema<Item> {
  const all: Columns = { id: { type: Number, primary: true, generated: true }, name: { type: String }, ...columns };
  return new EntitySchema<Item>({ name: 'item', columns: all, ...more });
}

beforeAll(() => Logger.overrideLogger(false));
let dataSource: DataSource;
afterEach(() => dataSource.destroy());

async function open(...entities: EntitySchema<never>[] | EntitySchema<Item>[]): Promise<DataSource> {
  dataSource = await openDatabase({ dsn: 'sqlite::memory:', entities });
  return dataSource;
}

/** A database that an older version of the entity made, with these rows. */
async function openAfter(older: string, entity: EntitySchema<Item>): Promise<DataSource> {
  await open(entity);
  for (const sql of older.split(';')) await dataSource.query(sql);
  return dataSource;
}

const OLD_WITH_ROWS =
  `CREATE TABLE "item" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "name" varchar NOT NULL);` +
  `INSERT INTO item (name) VALUES ('egg'), ('hen')`;
const OLD_EMPTY = OLD_WITH_ROWS.split(';')[0] ?? '';

const migrate = (): Promise<SchemaReport> => new SchemaMigrator(dataSource).migrate();
const columnsOf = async (table: string): Promise<string[]> =>
  (await dataSource.query<{ name: string }[]>(`PRAGMA table_xinfo("${table}")`)).map(({ name }) => name);
const tables = async (): Promise<string[]> =>
  (
    await dataSource.query<{ name: string }[]>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'eggy_%' ORDER BY name`,
    )
  ).map(({ name }) => name);

describe('SchemaMigrator', () => {
  it('creates missing tables with their indexes, constraints and foreign keys, once', async () => {
    const owner = new EntitySchema<{ id: number }>({ name: 'owner', columns: { id: { type: Number, primary: true } } });
    const part = new EntitySchema<{ id: number; code: string; owner: object }>({
      name: 'part',
      columns: { id: { type: Number, primary: true }, code: { type: String, unique: true } },
      relations: { owner: { type: 'many-to-one', target: 'owner', nullable: false } },
      indices: [{ name: 'by_owner', columns: ['owner'] }],
    });
    await open(part, owner);

    const first = await migrate();
    const second = await migrate();

    expect(first).toMatchObject({ createdTables: ['owner', 'part'], addedColumns: [], initializedTables: [] });
    expect(second).toMatchObject({ createdTables: [], addedColumns: [] });
    const indexes = await dataSource.query<{ name: string; unique: number }[]>('PRAGMA index_list("part")');
    expect(indexes.map(({ unique }) => unique).toSorted((a, b) => a - b)).toEqual([0, 1]);
    await expect(dataSource.query(`INSERT INTO part VALUES (1, 'a', 99)`)).rejects.toThrow(/FOREIGN KEY/);
  });

  it('creates tables that refer to each other, and junction tables', async () => {
    const hen = new EntitySchema<{ id: number }>({
      name: 'hen',
      columns: { id: { type: Number, primary: true } },
      relations: {
        favourite: { type: 'many-to-one', target: 'egg', nullable: true },
        friends: { type: 'many-to-many', target: 'hen', joinTable: { name: 'friends' } },
      } as never,
    });
    const egg = new EntitySchema<{ id: number }>({
      name: 'egg',
      columns: { id: { type: Number, primary: true } },
      relations: { layer: { type: 'many-to-one', target: 'hen', nullable: true } } as never,
    });
    await open(hen, egg);
    await migrate();

    expect(await tables()).toEqual(['egg', 'friends', 'hen']);
  });

  it('writes text defaults with a quote, and indexes of the same columns in another order', async () => {
    const indices = [{ columns: ['name', 'note'] }, { columns: ['note', 'name'] }] as never;
    await open(item({ note: { type: String, default: `it's` } }, { indices }));
    await migrate();
    await dataSource.query(`INSERT INTO item (name) VALUES ('egg')`);

    expect(await dataSource.query('SELECT note FROM item')).toEqual([{ note: `it's` }]);
    expect(await dataSource.query('PRAGMA index_list("item")')).toHaveLength(2);
  });

  it('adds missing columns, keeps the rows and leaves what it does not know', async () => {
    const entity = item({
      note: { type: String, nullable: true },
      stock: { type: Number, default: 7 },
      made: { type: 'datetime', createDate: true },
    });
    await openAfter(`${OLD_WITH_ROWS};ALTER TABLE item ADD COLUMN mine text;UPDATE item SET mine = 'kept'`, entity);

    expect((await migrate()).addedColumns).toEqual(['item.note', 'item.stock', 'item.made']);
    expect(await dataSource.query('SELECT * FROM item WHERE id = 1')).toEqual([
      { id: 1, name: 'egg', mine: 'kept', note: null, stock: 7, made: expect.stringMatching(/^20\d\d-/) },
    ]);
    await dataSource.getRepository(entity).insert({ name: 'new' });
    expect(await dataSource.query('SELECT made FROM item WHERE id = 3')).toEqual([
      { made: expect.stringContaining('20') },
    ]);
    expect((await migrate()).addedColumns).toEqual([]);
  });

  it('adds the index and the foreign key of a new column', async () => {
    const entity = item(
      { code: { type: String, nullable: true, unique: true }, kind: { type: String, nullable: true } },
      {
        indices: [{ name: 'by_kind', columns: ['kind', 'name'] }] as never,
        relations: { parent: { type: 'many-to-one', target: 'item', nullable: true, onDelete: 'CASCADE' } } as never,
      },
    );
    await openAfter(OLD_WITH_ROWS, entity);
    await migrate();

    await dataSource.query(`UPDATE item SET code = 'x', parentId = 2 WHERE id = 1`);
    await expect(dataSource.query(`UPDATE item SET code = 'x' WHERE id = 2`)).rejects.toThrow(/UNIQUE/);
    await expect(dataSource.query(`UPDATE item SET parentId = 9 WHERE id = 2`)).rejects.toThrow(/FOREIGN KEY/);
    await dataSource.query(`DELETE FROM item WHERE id = 2`);
    expect(await dataSource.query('SELECT * FROM item')).toEqual([]);
    expect(await dataSource.query('PRAGMA index_info("by_kind")')).toHaveLength(2);
  });

  it('adds any column to a table without rows', async () => {
    await openAfter(
      OLD_EMPTY,
      item({ code: { type: String, unique: true }, made: { type: 'datetime', createDate: true } }),
    );

    expect((await migrate()).addedColumns).toEqual(['item.code', 'item.made']);
  });

  it('refuses as a whole what the rows cannot have, naming every item and its fix', async () => {
    const entity = item({ a: { type: String }, b: { type: Number }, fine: { type: String, nullable: true } });
    const other = new EntitySchema<Item>({ name: 'other', columns: { id: { type: Number, primary: true } } });
    await open(entity, other);
    for (const sql of OLD_WITH_ROWS.split(';')) await dataSource.query(sql);

    const refusal = migrate();
    await expect(refusal).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_REFUSED',
      items: [
        { table: 'item', column: 'a', reason: expect.stringContaining('NOT NULL') },
        { table: 'item', column: 'b', fix: expect.stringContaining('give it a default') },
      ],
    });
    await expect(refusal).rejects.toThrow(/item\.a: .*item\.b: /);
    expect(await columnsOf('item')).toEqual(['id', 'name']);
    expect(await tables()).toEqual(['item']);
  });

  it('refuses a new primary key column', async () => {
    await openAfter('CREATE TABLE item (name varchar)', item());

    await expect(migrate()).rejects.toMatchObject({
      items: [{ column: 'id', fix: expect.stringContaining('by hand') }],
    });
  });

  it('refuses a unique column that all rows would have the same value in', async () => {
    await openAfter(OLD_WITH_ROWS, item({ code: { type: String, default: 'x', unique: true } }));

    await expect(migrate()).rejects.toMatchObject({ items: [{ column: 'code' }] });
    expect(await columnsOf('item')).toEqual(['id', 'name']);
  });

  it('accepts a unique index over a new column when the other columns tell the rows apart', async () => {
    const uniques = [{ columns: ['tenant', 'name'] }] as never;
    await openAfter(OLD_WITH_ROWS, item({ tenant: { type: Number, default: 1 } }, { uniques }));

    expect((await migrate()).addedColumns).toEqual(['item.tenant']);
    await expect(dataSource.query(`INSERT INTO item (name) VALUES ('egg')`)).rejects.toThrow(/UNIQUE/);
  });

  it('leaves tables alone whose entity says synchronize: false', async () => {
    await open(item({}, { synchronize: false }));
    await migrate();

    expect(await tables()).toEqual([]);
  });

  it('never synchronizes', async () => {
    await open(item());

    await expect(dataSource.synchronize()).rejects.toMatchObject({ code: 'EGGY_DATABASE_SYNCHRONIZE' });
    dataSource.setOptions({ synchronize: true });
    await expect(migrate()).rejects.toMatchObject({ code: 'EGGY_DATABASE_SYNCHRONIZE' });
  });

  it('changes nothing when the signal has aborted', async () => {
    await open(item());
    const reason = new Error('interrupted');

    await expect(new SchemaMigrator(dataSource).migrate(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await tables()).toEqual([]);
  });
});

describe('SchemaMigrator with initTable', () => {
  const entity = item();
  const migrateWith = (initTable: (context: InitTableContext) => Promise<void>): Promise<SchemaReport> =>
    new SchemaMigrator(dataSource, {
      initializations: [{ entity, name: 'Items', initializer: () => ({ initTable }) }],
    }).migrate();

  it('runs it once, when the table is new', async () => {
    await open(entity);
    const seen: boolean[] = [];
    const initTable = async ({ manager, created }: InitTableContext): Promise<void> => {
      seen.push(created);
      await manager.insert(entity, { name: 'egg' });
    };

    expect((await migrateWith(initTable)).initializedTables).toEqual(['item']);
    expect((await migrateWith(initTable)).initializedTables).toEqual([]);
    expect(seen).toEqual([true]);
    expect(await dataSource.getRepository(entity).count()).toBe(1);
  });

  it('does not run it for a table that was there', async () => {
    await openAfter(OLD_WITH_ROWS, entity);

    expect((await migrateWith(() => Promise.reject(new Error('never')))).initializedTables).toEqual([]);
  });

  it('undoes what it did when it fails, and runs it again at the next start', async () => {
    await open(entity);
    const failing = migrateWith(async ({ manager }) => {
      await manager.insert(entity, { name: 'half' });
      throw new Error('no eggs today');
    });

    await expect(failing).rejects.toMatchObject({ code: 'EGGY_DATABASE_INIT_TABLE' });
    await expect(failing).rejects.toThrow(/initTable of `Items` failed: no eggs today/);
    const again = await migrateWith(async ({ manager }) => void (await manager.insert(entity, { name: 'whole' })));
    expect(again.initializedTables).toEqual(['item']);
    expect(await dataSource.query('SELECT name FROM item')).toEqual([{ name: 'whole' }]);
  });
});
