import type { QueryRunner } from 'typeorm';
import { LiveSchema, LiveTable } from '../live-schema.js';

interface ColumnRow {
  t: string;
  name: string;
  type: string;
  notnull: number;
  dflt: string | null;
  pk: number;
  hidden: number;
}

interface IndexRow {
  t: string;
  name: string;
  uniq: number;
  origin: string;
  partial: number;
  col: string | null;
  descending: number;
}

interface KeyRow {
  t: string;
  id: number;
  ref: string;
  col: string;
  ref_col: string | null;
  on_update: string;
  on_delete: string;
}

const GENERATED_VIRTUAL = 2;
const GENERATED_STORED = 3;

/** Everything that is in the file, by one statement per kind. */
export async function readSqliteSchema(runner: QueryRunner): Promise<LiveSchema> {
  const read = <Row>(sql: string): Promise<Row[]> => runner.query(sql);
  const found = await read<{ name: string; type: string; sql: string }>(
    "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'",
  );
  const tables = new Map<string, LiveTable>();
  for (const { name, type } of found) if (type === 'table') tables.set(name, new LiveTable(name));
  const columns = await read<ColumnRow>(
    'SELECT m.name AS t, c.name AS name, c.type AS type, c."notnull" AS "notnull", c.dflt_value AS dflt, c.pk AS pk, c.hidden AS hidden ' +
      "FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid",
  );
  const sqlOf = new Map(found.map(({ name, sql }) => [name, sql]));
  for (const row of columns) addColumn(tables.get(row.t), row, sqlOf.get(row.t) ?? '');
  const keyParts = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  for (const { t, name } of keyParts) tables.get(t)?.primaryKey.push(name);
  const indexes = await read<IndexRow>(
    'SELECT m.name AS t, l.name AS name, l."unique" AS uniq, l.origin AS origin, l.partial AS partial, x.name AS col, x."desc" AS descending ' +
      'FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x ' +
      "WHERE m.type = 'table' AND x.key = 1 ORDER BY m.name, l.name, x.seqno",
  );
  for (const row of indexes) addIndexPart(tables.get(row.t), row);
  const keys = await read<KeyRow>(
    'SELECT m.name AS t, f.id AS id, f."table" AS ref, f."from" AS col, f."to" AS ref_col, f.on_update AS on_update, f.on_delete AS on_delete ' +
      "FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
  );
  for (const row of keys) addKeyPart(tables, row);
  return new LiveSchema(
    tables.values(),
    found.filter(({ type }) => type === 'view').map(({ name }) => name),
    true,
  );
}

function addColumn(
  table: LiveTable | undefined,
  { name, type, notnull, dflt, pk, hidden }: ColumnRow,
  sql: string,
): void {
  table?.add({
    name,
    type,
    nullable: notnull === 0 && pk === 0,
    default: dflt ?? undefined,
    generated: hidden === GENERATED_VIRTUAL || hidden === GENERATED_STORED,
    values: allowedValues(name, sql),
    autoIncrement: pk > 0 && /^integer$/i.test(type),
  });
}

/** TypeORM gives the column of an enum a CHECK of its values. */
function allowedValues(column: string, sql: string): string[] | undefined {
  const start = `CHECK( "${column}" IN (`;
  const at = sql.indexOf(start);
  if (at === -1) return undefined;
  const list = /^(?:'(?:[^']|'')*',?)*/.exec(sql.slice(at + start.length))?.[0] ?? '';
  return list.match(/'(?:[^']|'')*'/g)?.map((literal) => literal.slice(1, -1));
}

function addIndexPart(table: LiveTable | undefined, row: IndexRow): void {
  if (!table || row.origin === 'pk') return;
  let index = table.indexes.find(({ name }) => name === row.name);
  if (!index) {
    index = { name: row.name, columns: [], unique: row.uniq === 1, kind: 'plain', whole: row.partial === 0 };
    table.indexes.push(index);
  }
  index.columns.push(row.col ?? '');
  if (row.col === null || row.descending === 1) index.whole = false;
}

function addKeyPart(tables: ReadonlyMap<string, LiveTable>, row: KeyRow): void {
  const table = tables.get(row.t);
  if (!table) return;
  // SQLite tells no names of them.
  const name = `foreign key ${row.id}`;
  let key = table.keys.find((other) => other.name === name);
  if (!key) {
    const { ref: referencedTable, on_delete: onDelete, on_update: onUpdate } = row;
    key = { name, columns: [], referencedTable, referencedColumns: [], onDelete, onUpdate };
    table.keys.push(key);
  }
  key.columns.push(row.col);
  // Nothing is said where it refers to the primary key.
  const primary = tables.get(row.ref)?.primaryKey[key.referencedColumns.length];
  key.referencedColumns.push(row.ref_col ?? primary ?? '');
}
