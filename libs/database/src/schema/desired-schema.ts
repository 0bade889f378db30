import { createHash } from 'node:crypto';
import { type DataSource, type EntityMetadata, Table, type TableColumn, TableForeignKey } from 'typeorm';
import { isOwn } from './fingerprint.js';
import { listType } from './mysql/column-type.js';

/** What the entities ask for. */
export interface DesiredSchema {
  /** Each after those it refers to as far as that is possible. */
  tables: Table[];
  /** Names of the views that entities read. They are left to their owner. */
  views: string[];
}

/** Entities with `synchronize: false` are left to their owner. */
export function desiredSchema(dataSource: DataSource): DesiredSchema {
  const tables = new Map<string, Table>();
  const views: string[] = [];
  for (const metadata of dataSource.entityMetadatas) {
    if (!isOwn(metadata)) continue;
    if (metadata.tableType === 'view') {
      views.push(metadata.tableName);
      continue;
    }
    const table = tableOf(metadata, dataSource);
    tables.set(table.name, table);
  }
  return { tables: referencedFirst(tables), views };
}

function tableOf(metadata: EntityMetadata, { driver, options }: DataSource): Table {
  const table = Table.create(metadata, driver);
  table.foreignKeys = metadata.foreignKeys.map((key) => TableForeignKey.create(key, driver));
  const isSqlite = options.type === 'better-sqlite3';
  for (const column of metadata.columns) {
    const desired = table.columns.find(({ name }) => name === column.databaseName);
    if (!desired) continue;
    // TypeORM puts text defaults between quotes as they are, and `it's` ends the literal.
    if (typeof column.default === 'string') desired.default = quoted(column.default, isSqlite);
    if (options.type === 'mysql' && isExpressionOnly(desired)) desired.default = `(${desired.default})`;
    if (isSqlite) fitSqlite(desired, column.type === 'set');
    else if (desired.enum) {
      // TypeORM would write a charset before the values, which is no SQL.
      desired.type = listType(desired.type, desired.enum);
      delete desired.enum;
    }
  }
  const names = new Set<string | undefined>();
  for (const index of table.indices) {
    // TypeORM sorts the columns before it makes a name, so that (a, b) and (b, a) get the same one.
    if (names.has(index.name)) index.name = `${index.name}_${hash(index.columnNames.join()).slice(0, 8)}`;
    names.add(index.name);
  }
  return table;
}

/** TypeORM writes values as they are, as if a set had one of them, and collations of MySQL. */
function fitSqlite(column: TableColumn, isSet: boolean): void {
  if (isSet) delete column.enum;
  else if (column.enum) column.enum = column.enum.map((value) => value.replaceAll("'", "''"));
  if (column.collation && !SQLITE_COLLATIONS.has(column.collation.toUpperCase())) delete column.collation;
}

const SQLITE_COLLATIONS = new Set(['BINARY', 'NOCASE', 'RTRIM']);

/**
 * MySQL and TiDB take a default of these types in parentheses only.
 * https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html#data-type-defaults-explicit
 */
function isExpressionOnly({ type, default: byDefault }: TableColumn): boolean {
  return /(?:text|blob|json)$/.test(type) && typeof byDefault === 'string' && !byDefault.trimStart().startsWith('(');
}

function quoted(text: string, isSqlite: boolean): string {
  const doubled = text.replaceAll("'", "''");
  return `'${isSqlite ? doubled : doubled.replaceAll('\\', '\\\\')}'`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function referencedFirst(tables: ReadonlyMap<string, Table>): Table[] {
  const ordered = new Set<Table>();
  const visit = (table: Table, path: ReadonlySet<Table>): void => {
    if (ordered.has(table) || path.has(table)) return;
    for (const { referencedTableName } of table.foreignKeys) {
      const referenced = tables.get(referencedTableName);
      if (referenced) visit(referenced, new Set([...path, table]));
    }
    ordered.add(table);
  };
  const byName = [...tables.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const table of byName) visit(table, new Set());
  return [...ordered];
}
