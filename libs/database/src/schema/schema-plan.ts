import type { Table, TableColumn } from 'typeorm';
import type { LiveSchema, SchemaDialect } from './schema-dialect.js';

/** One statement that adds something. There are no others. */
export interface SchemaStep {
  kind: 'create-table' | 'add-column' | 'fill-column' | 'create-index' | 'add-foreign-key';
  table: string;
  /** Name of the column, index or key; the table's for a table. */
  object: string;
  sql: string;
}

/** Something that the entities ask for and that cannot be done safely. */
export interface RefusedItem {
  table: string;
  column?: string;
  reason: string;
  fix: string;
}

export interface SchemaPlan {
  steps: SchemaStep[];
  /** When there is one, no step may be applied. */
  refused: RefusedItem[];
  createdTables: string[];
  /** As `table.column`. */
  addedColumns: string[];
}

/** Compares what the entities ask for with what is there. Changes nothing. */
export async function planSchema(
  desired: readonly Table[],
  live: LiveSchema,
  dialect: SchemaDialect,
): Promise<SchemaPlan> {
  const plan: SchemaPlan = { steps: [], refused: [], createdTables: [], addedColumns: [] };
  const known = new Set(desired.filter(({ name }) => live.has(name)).map(({ name }) => name));
  const keysForLater: SchemaStep[] = [];
  for (const table of desired) {
    if (table.name.includes('.')) {
      plan.refused.push({
        table: table.name,
        reason: 'its entity names another database',
        fix: 'remove `database` from @Entity(), or set `synchronize: false` there and create the table yourself',
      });
    } else if (!live.has(table.name)) {
      known.add(table.name);
      const canRefer = (name: string): boolean => known.has(name) || !desired.some((other) => other.name === name);
      const now = table.clone();
      now.foreignKeys = table.foreignKeys.filter((key) => canRefer(key.referencedTableName));
      plan.steps.push(...(await dialect.createTable(dialect.defersKeys ? now : table.clone())));
      plan.createdTables.push(table.name);
      const later = dialect.defersKeys ? table.foreignKeys.filter((key) => !now.foreignKeys.includes(key)) : [];
      for (const key of later) keysForLater.push(...(await dialect.addForeignKey(table, key)));
    } else {
      keysForLater.push(...(await planColumns(table, live, dialect, plan)));
    }
  }
  plan.steps.push(...keysForLater);
  return plan;
}

/** Puts the missing columns of a table and their indexes into the plan; resolves to their foreign keys. */
async function planColumns(
  table: Table,
  live: LiveSchema,
  dialect: SchemaDialect,
  plan: SchemaPlan,
): Promise<SchemaStep[]> {
  const missing = table.columns.filter(({ name }) => !live.hasColumn(table.name, name));
  if (missing.length === 0) return [];
  const hasRows = await dialect.hasRows(table.name, 1);
  const refused = missing.flatMap((column) => refusalOf(table, column, hasRows));
  const added = new Set(missing.map(({ name }) => name));
  const touching = ({ columnNames }: { columnNames: string[] }): boolean => columnNames.some((name) => added.has(name));
  const indexes = dialect.indexesOf(table).filter(touching);
  for (const { isUnique, columnNames, name = '' } of indexes) {
    const own = missing.filter((column) => columnNames.includes(column.name));
    const old = columnNames.filter((column) => !added.has(column));
    if (isUnique && own.every(isSameInAllRows) && (await dialect.hasDuplicates(table.name, old))) {
      refused.push({
        table: table.name,
        column: columnNames.join(', '),
        reason: `unique index ${name} is impossible, as the rows that are there would all get the same value`,
        fix: 'make the new column nullable without a default, fill it, then add the index',
      });
    }
  }
  if (refused.length > 0) {
    plan.refused.push(...refused);
    return [];
  }
  for (const column of missing) plan.steps.push(...(await dialect.addColumn(table, column, hasRows)));
  for (const index of indexes) plan.steps.push(...(await dialect.createIndex(table, index)));
  plan.addedColumns.push(...missing.map(({ name }) => `${table.name}.${name}`));
  const keys = dialect.defersKeys ? table.foreignKeys.filter(touching) : [];
  const steps: SchemaStep[] = [];
  // One by one: the statements are recorded on the one connection.
  for (const key of keys) steps.push(...(await dialect.addForeignKey(table, key)));
  return steps;
}

function refusalOf(table: Table, column: TableColumn, hasRows: boolean): RefusedItem[] {
  const at = { table: table.name, column: column.name };
  if (column.isPrimary) {
    const reason = 'the existing table lacks a column of its primary key';
    return [{ ...at, reason, fix: 'change the primary key by hand: it rebuilds the table' }];
  }
  const needsValue = !column.isNullable && !hasDefault(column) && !column.asExpression;
  if (!hasRows || !needsValue) return [];
  const reason = 'the new column is NOT NULL without a default, and the table has rows';
  return [{ ...at, reason, fix: 'make it nullable or give it a default' }];
}

/** An index cannot tell the rows apart by it. NULLs never collide, and an expression may differ from row to row. */
function isSameInAllRows(column: TableColumn): boolean {
  return !column.asExpression && hasDefault(column) && isConstant(column.default);
}

function hasDefault(column: TableColumn): boolean {
  return column.default !== undefined && column.default !== null;
}

const CONSTANT = /^(?:'(?:[^'\\]|''|\\.)*'|[-+]?\d+(?:\.\d+)?|true|false|null)$/is;

/** Whether a default, as SQL text, is a literal. */
export function isConstant(sql: unknown): boolean {
  return CONSTANT.test(String(sql).trim());
}
