import type { QueryRunner } from 'typeorm';
import { type LiveColumn, LiveSchema, LiveTable } from '../live-schema.js';
import type { MysqlServer } from './mysql-server.js';

interface TableRow {
  t: string;
  type: string;
  fold: unknown;
}

interface ColumnRow {
  t: string;
  name: string;
  type: string;
  nullable: string;
  def: string | null;
  extra: string;
  charset: string | null;
  collation: string | null;
  comment: string;
}

interface IndexRow {
  t: string;
  name: string;
  col: string | null;
  non_unique: unknown;
  kind: string;
  sub: unknown;
  direction: string | null;
}

interface KeyRow {
  t: string;
  name: string;
  col: string;
  ref: string;
  ref_col: string;
  on_delete: string | null;
  on_update: string | null;
}

/** Plain reads of the whole schema: TypeORM's own loader asks with one UNION per table. */
export async function readMysqlSchema(
  runner: QueryRunner,
  names: readonly string[],
  server: MysqlServer,
): Promise<LiveSchema> {
  const list = names.map(() => '?').join();
  // MySQL 8 answers with upper-case names where the query has no alias.
  const read = <Row>(select: string, from: string, rest = ''): Promise<Row[]> =>
    runner.query(`SELECT ${select} FROM information_schema.${from} WHERE table_schema = DATABASE() ${rest}`, [
      ...names,
    ]);
  const found = await read<TableRow>(
    'table_name AS t, table_type AS type, @@lower_case_table_names <> 0 AS fold',
    'tables',
    `AND table_name IN (${list})`,
  );
  const tables = new Map<string, LiveTable>();
  for (const { t, type } of found) if (!/VIEW/.test(type)) tables.set(t, new LiveTable(t));
  const columns = await read<ColumnRow>(
    'table_name AS t, column_name AS name, column_type AS type, is_nullable AS nullable, column_default AS def, extra AS extra, ' +
      'character_set_name AS charset, collation_name AS collation, column_comment AS comment',
    'columns',
    `AND table_name IN (${list}) ORDER BY table_name, ordinal_position`,
  );
  for (const row of columns) tables.get(row.t)?.add(columnOf(row, server));
  const indexes = await read<IndexRow>(
    'table_name AS t, index_name AS name, column_name AS col, non_unique AS non_unique, index_type AS kind, sub_part AS sub, collation AS direction',
    'statistics',
    `AND table_name IN (${list}) ORDER BY table_name, index_name, seq_in_index`,
  );
  for (const row of indexes) addIndexPart(tables.get(row.t), row);
  for (const row of await readKeys(runner, names)) addKeyPart(tables.get(row.t), row);
  const views = found.filter(({ type }) => /VIEW/.test(type)).map(({ t }) => t);
  return new LiveSchema(tables.values(), views, Number(found[0]?.fold ?? 0) === 1);
}

/** MariaDB shows the rules of a key to nobody who may only read. */
function readKeys(runner: QueryRunner, names: readonly string[]): Promise<KeyRow[]> {
  return runner.query(
    'SELECT k.table_name AS t, k.constraint_name AS name, k.column_name AS col, k.referenced_table_name AS ref, ' +
      'k.referenced_column_name AS ref_col, r.delete_rule AS on_delete, r.update_rule AS on_update ' +
      'FROM information_schema.key_column_usage k LEFT JOIN information_schema.referential_constraints r ' +
      'ON r.constraint_schema = DATABASE() AND r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name ' +
      'WHERE k.table_schema = DATABASE() ' +
      `AND k.referenced_table_name IS NOT NULL AND k.table_name IN (${names.map(() => '?').join()}) ` +
      'ORDER BY k.table_name, k.constraint_name, k.ordinal_position',
    [...names],
  );
}

function columnOf(row: ColumnRow, server: MysqlServer): LiveColumn {
  return {
    name: row.name,
    type: row.type,
    nullable: row.nullable === 'YES',
    default: defaultOf(row, server),
    // Not DEFAULT_GENERATED, which is a default that is an expression.
    generated: /(?:VIRTUAL|STORED|PERSISTENT) GENERATED|^(?:VIRTUAL|PERSISTENT|STORED)$/i.test(row.extra),
    autoIncrement: /auto_increment/i.test(row.extra),
    charset: row.charset ?? undefined,
    collation: row.collation ?? undefined,
    onUpdate: /on update (\S+)/i.exec(row.extra)?.[1],
    comment: row.comment || undefined,
    invisible: /\bINVISIBLE\b/i.test(row.extra),
  };
}

/** MariaDB tells SQL; MySQL and TiDB tell a value, and by `extra` whether it is an expression. */
function defaultOf({ def, extra, type }: ColumnRow, { flavour }: MysqlServer): string | undefined {
  if (def === null || (flavour === 'mariadb' && def === 'NULL')) return undefined;
  if (flavour === 'mariadb') return def;
  const isMoment = /^(?:timestamp|datetime)/i.test(type) && /^current_timestamp/i.test(def);
  if (isMoment || /^b'[01]*'$/.test(def) || (/binary|blob/i.test(type) && /^0x[0-9a-f]+$/i.test(def))) return def;
  if (/DEFAULT_GENERATED/i.test(extra)) return `(${def.replaceAll("\\'", "'")})`;
  return `'${def.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function addIndexPart(table: LiveTable | undefined, row: IndexRow): void {
  if (!table) return;
  if (row.name === 'PRIMARY') {
    table.primaryKey.push(row.col ?? '');
    return;
  }
  let index = table.indexes.find(({ name }) => name === row.name);
  if (!index) {
    const kind = row.kind === 'FULLTEXT' ? 'fulltext' : row.kind === 'SPATIAL' ? 'spatial' : 'plain';
    index = { name: row.name, columns: [], unique: Number(row.non_unique) === 0, kind, whole: true };
    table.indexes.push(index);
  }
  index.columns.push(row.col ?? '');
  // A SPATIAL index tells 32 bytes of each column.
  const isPrefix = row.sub !== null && index.kind === 'plain';
  if (isPrefix || row.col === null || row.direction === 'D') index.whole = false;
}

function addKeyPart(table: LiveTable | undefined, row: KeyRow): void {
  if (!table) return;
  let key = table.keys.find(({ name }) => name === row.name);
  if (!key) {
    const { name, ref: referencedTable, on_delete: onDelete, on_update: onUpdate } = row;
    key = { name, columns: [], referencedTable, referencedColumns: [], onDelete, onUpdate };
    table.keys.push(key);
  }
  key.columns.push(row.col);
  key.referencedColumns.push(row.ref_col);
}
