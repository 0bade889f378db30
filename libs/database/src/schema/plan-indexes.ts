import type { Table, TableColumn, TableIndex } from 'typeorm';
import type { LiveIndex, LiveTable } from './live-schema.js';
import { hasDefault, isConstant } from './plan-columns.js';
import type { Planning } from './plan-schema.js';
import type { DriftItem, RefusedItem, SchemaStep } from './schema-plan.js';

/** The statements for the missing indexes of a table that is there. Their structure counts, then their names. */
export async function planIndexes(
  table: Table,
  live: LiveTable,
  added: readonly TableColumn[],
  { plan, dialect, settings }: Planning,
): Promise<SchemaStep[]> {
  const steps: SchemaStep[] = [];
  const used = new Set<LiveIndex>();
  for (const index of dialect.indexesOf(table)) {
    const name = index.name ?? '';
    const same = live.indexes.find((other) => covers(other, index));
    const namesake = live.indexes.find((other) => other.name.toLowerCase() === name.toLowerCase());
    if (same) used.add(same);
    else if (isPrimaryKey(live, index)) continue;
    else if (namesake) {
      used.add(namesake);
      plan.drift.push(anotherShape(table, index, namesake));
    } else {
      const refused = index.isUnique ? await duplicatesOf(table, live, index, added, dialect.rows) : undefined;
      if (refused) plan.refused.push(refused);
      const isNew = index.columnNames.some((column) => added.some(({ name: own }) => own === column));
      const inPlace = await dialect.rows.has(live.name, settings.copyMaxRows + 1);
      const statements = await dialect.createIndex(table, index, inPlace);
      // What another part of the same start needs has to be there; a plain index only makes it faster.
      steps.push(...statements.map((step) => ({ ...step, optional: !isNew && !index.isUnique })));
    }
  }
  plan.drift.push(...extraIndexes(table, live, used));
  return steps;
}

function lower(names: readonly string[]): string {
  return names.map((name) => name.toLowerCase()).join();
}

function kindOf({ isFulltext, isSpatial }: TableIndex): LiveIndex['kind'] {
  return isFulltext ? 'fulltext' : isSpatial ? 'spatial' : 'plain';
}

/** A unique index does for one that need not be. */
function covers(live: LiveIndex, wanted: TableIndex): boolean {
  const sameColumns = lower(live.columns) === lower(wanted.columnNames);
  return live.whole && sameColumns && live.kind === kindOf(wanted) && (live.unique || !wanted.isUnique);
}

function isPrimaryKey(live: LiveTable, { columnNames }: TableIndex): boolean {
  return lower(live.primaryKey) === lower(columnNames);
}

function shape(columns: readonly string[], kind: LiveIndex['kind'], unique: boolean): string {
  return `${unique ? 'unique ' : kind === 'plain' ? '' : `${kind} `}(${columns.join(', ')})`;
}

function anotherShape(table: Table, index: TableIndex, { columns, kind, unique, whole }: LiveIndex): DriftItem {
  return {
    kind: 'index',
    severity: 'warn',
    table: table.name,
    object: index.name ?? '',
    live: `${shape(columns, kind, unique)}${whole ? '' : ' of parts'}`,
    wanted: shape(index.columnNames, kindOf(index), index.isUnique),
    hint: 'an index of this name has another shape: give yours another name, or rebuild it by a migration',
  };
}

/** Those that support a foreign key have to be there. */
function extraIndexes(table: Table, live: LiveTable, used: ReadonlySet<LiveIndex>): DriftItem[] {
  const supports = ({ columns }: LiveIndex): boolean =>
    live.keys.some((key) => lower(columns).startsWith(lower(key.columns)));
  const extra = live.indexes.filter((index) => !used.has(index) && (index.unique || !supports(index)));
  return extra.map(({ name, columns, kind, unique }) => ({
    kind: 'extra-index',
    severity: unique ? 'warn' : 'info',
    table: table.name,
    object: name,
    live: shape(columns, kind, unique),
    hint: unique ? 'kept, and it goes on refusing duplicates' : 'kept',
  }));
}

async function duplicatesOf(
  table: Table,
  live: LiveTable,
  { columnNames, name = '' }: TableIndex,
  added: readonly TableColumn[],
  rows: { duplicates(table: string, columns: readonly string[]): Promise<number> },
): Promise<RefusedItem | undefined> {
  const own = added.filter((column) => columnNames.includes(column.name));
  if (!own.every(isSameInAllRows)) return undefined;
  const old = columnNames.filter((column) => !own.some((other) => other.name === column));
  const count = await rows.duplicates(live.name, old);
  if (count === 0) return undefined;
  const at = { table: table.name, column: columnNames.join(', ') };
  if (own.length > 0) {
    const reason = `unique index ${name} is impossible, as rows that are there would get the same value (${count} times)`;
    return { ...at, reason, fix: 'make the new column nullable without a default, fill it, then add the index' };
  }
  const reason = `unique index ${name} is impossible: ${count} values are there more than once`;
  return { ...at, reason, fix: 'remove the duplicates, or the unique index from the entity' };
}

/** An index cannot tell the rows apart by it. NULLs never collide, and an expression may differ from row to row. */
function isSameInAllRows(column: TableColumn): boolean {
  return !column.asExpression && hasDefault(column) && isConstant(column.default);
}
