import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator, type SchemaMigratorOptions, type SchemaReport } from '@eggybyte/database';
import { type DataSource, EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaOptions } from 'typeorm';
import { createDatabase } from '../../support/database.js';
import { goDsn } from '../../support/dsn.js';
import { databaseName } from '../../support/shared-flavour.js';

export type Row = Record<string, unknown>;
export type Columns = Record<string, EntitySchemaColumnOptions>;
export type Schema = EntitySchema<Row>;

const ID: Columns = { id: { type: 'int', primary: true, generated: true } };

/** An entity with an id and these columns. */
export function entity(name: string, columns: Columns = {}, more: Partial<EntitySchemaOptions<Row>> = {}): Schema {
  return new EntitySchema<Row>({ name, columns: { ...ID, ...columns }, ...more });
}

/** An empty database and the data sources that a test opens on it. */
export interface SchemaWorld {
  /** `SQLite`, or what the shared server is. */
  readonly name: typeof databaseName | 'SQLite';
  readonly dsn: string;
  open(...entities: Schema[]): Promise<DataSource>;
  migrate(...entities: Schema[]): Promise<SchemaReport>;
  migrateWith(options: SchemaMigratorOptions, ...entities: Schema[]): Promise<SchemaReport>;
  query(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
  /** All definitions and rows as text, without what the suite itself keeps. */
  dump(): Promise<string>;
}

/** On the shared server, with users that may do less than everything. */
export interface MariaDbWorld extends SchemaWorld {
  readonly database: string;
  /** DSN of a new user with these rights in the database, such as `SELECT, INSERT`. */
  grant(rights: string): Promise<{ user: string; dsn: string }>;
  openAs(dsn: string, ...entities: Schema[]): Promise<DataSource>;
}

export async function mariaDbWorld(): Promise<MariaDbWorld> {
  const database = await createDatabase('schema');
  const users: string[] = [];
  const world = worldOf(databaseName, database.dsn, async () => {
    for (const user of users) await database.query(`DROP USER ${user}@'%'`);
    await database.drop();
  });
  const grant: MariaDbWorld['grant'] = async (rights) => {
    const user = `u${users.length}_${database.name.slice(-8)}`;
    users.push(user);
    await database.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'pw'`);
    await database.query(`GRANT ${rights} ON ${database.name}.* TO ${user}@'%'`);
    return { user, dsn: goDsn({ ...database.address, user, password: 'pw' }, database.name) };
  };
  const query: SchemaWorld['query'] = (sql, values) => database.query(sql, values);
  return { ...world, database: database.name, grant, query, dump: () => dumpMariaDb(query) };
}

export async function sqliteWorld(): Promise<SchemaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'eggy-schema-'));
  const world = worldOf('SQLite', `sqlite:${join(folder, 'schema.db')}`, () =>
    rm(folder, { recursive: true, force: true }),
  );
  const own = await world.open();
  const query: SchemaWorld['query'] = async (sql, values) => {
    const rows: unknown = await own.query(sql, values);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  };
  return { ...world, query, dump: () => dumpSqlite(query) };
}

export const worlds: [SchemaWorld['name'], () => Promise<SchemaWorld>][] = [
  [databaseName, mariaDbWorld],
  ['SQLite', sqliteWorld],
];

type Opened = Omit<SchemaWorld, 'query' | 'dump'> & Pick<MariaDbWorld, 'openAs'>;

function worldOf(name: SchemaWorld['name'], dsn: string, remove: () => Promise<void>): Opened {
  Logger.overrideLogger(false);
  const opened: DataSource[] = [];
  const openAs: MariaDbWorld['openAs'] = async (as, ...entities) => {
    const dataSource = await openDatabase({ dsn: as, entities, maxOpenConns: 3 });
    opened.push(dataSource);
    return dataSource;
  };
  const open: SchemaWorld['open'] = (...entities) => openAs(dsn, ...entities);
  const migrateWith: SchemaWorld['migrateWith'] = async (options, ...entities) =>
    new SchemaMigrator(await open(...entities), options).migrate();
  return {
    name,
    dsn,
    open,
    openAs,
    migrateWith,
    migrate: (...entities) => migrateWith({}, ...entities),
    async close() {
      for (const dataSource of opened.splice(0)) await dataSource.destroy();
      await remove();
    },
  };
}

async function dumpMariaDb(query: SchemaWorld['query']): Promise<string> {
  const tables = (await query('SHOW TABLES')).map((row) => String(Object.values(row)[0]));
  const parts: unknown[] = [];
  for (const table of tables.filter((name) => !name.startsWith('eggy_'))) {
    parts.push(await query(`SHOW CREATE TABLE \`${table}\``), await query(`SELECT * FROM \`${table}\``));
  }
  return JSON.stringify(parts);
}

async function dumpSqlite(query: SchemaWorld['query']): Promise<string> {
  const objects = await query(
    "SELECT name, type, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'eggy_%' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const parts: unknown[] = [objects];
  for (const { name, type } of objects)
    if (type === 'table') parts.push(await query(`SELECT * FROM "${String(name)}"`));
  return JSON.stringify(parts);
}
