import { createHash } from 'node:crypto';
import { type DataSource, type EntityMetadata, Table, TableForeignKey } from 'typeorm';

/**
 * The tables that the entities ask for, each after those it refers to as far as that is possible. Views, and entities
 * with `synchronize: false`, are left to their owner.
 */
export function desiredSchema(dataSource: DataSource): Table[] {
  const tables = new Map<string, Table>();
  for (const metadata of dataSource.entityMetadatas) {
    if (!metadata.synchronize || metadata.tableType === 'view' || metadata.tableType === 'entity-child') continue;
    const table = tableOf(metadata, dataSource);
    tables.set(table.name, table);
  }
  return referencedFirst(tables);
}

function tableOf(metadata: EntityMetadata, { driver, options }: DataSource): Table {
  const table = Table.create(metadata, driver);
  table.foreignKeys = metadata.foreignKeys.map((key) => TableForeignKey.create(key, driver));
  for (const column of metadata.columns) {
    const desired = table.columns.find(({ name }) => name === column.databaseName);
    // TypeORM puts text defaults between quotes as they are, and `it's` ends the literal.
    if (desired && typeof column.default === 'string') desired.default = quoted(column.default, options.type);
  }
  const names = new Set<string | undefined>();
  for (const index of table.indices) {
    // TypeORM sorts the columns before it makes a name, so that (a, b) and (b, a) get the same one.
    if (names.has(index.name)) index.name = `${index.name}_${hash(index.columnNames.join())}`;
    names.add(index.name);
  }
  return table;
}

function quoted(text: string, type: DataSource['options']['type']): string {
  const doubled = text.replaceAll("'", "''");
  return `'${type === 'better-sqlite3' ? doubled : doubled.replaceAll('\\', '\\\\')}'`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
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
