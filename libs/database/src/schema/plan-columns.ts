import type { Table, TableColumn } from 'typeorm';
import type { LiveColumn, LiveTable } from './live-schema.js';
import type { Planning } from './plan-schema.js';
import type { DriftItem, RefusedItem } from './schema-plan.js';

/** Puts missing and narrower columns of a table into the plan, and what else differs into the drift; resolves to the missing. */
export async function planColumns(table: Table, live: LiveTable, planning: Planning): Promise<TableColumn[]> {
  const { plan, dialect } = planning;
  const missing = table.columns.filter(({ name }) => !live.column(name));
  const hasRows = missing.length > 0 && (await dialect.rows.has(live.name, 1));
  const refused = missing.flatMap((column) => refusalOf(table, column, hasRows, planning));
  plan.refused.push(...refused);
  for (const column of refused.length > 0 ? [] : missing) {
    plan.steps.push(...(await dialect.addColumn(table, column, hasRows)));
    plan.addedColumns.push(`${table.name}.${column.name}`);
  }
  for (const column of table.columns) {
    const found = live.column(column.name);
    if (found) await planExistingColumn(table, live, column, found, planning);
  }
  plan.drift.push(...extraColumns(table, live, planning));
  const key = table.primaryColumns.map(({ name }) => name);
  const lacksKeyColumn = missing.some(({ isPrimary }) => isPrimary);
  if (!lacksKeyColumn && lower(key) !== lower(live.primaryKey)) {
    const hint = 'never changed automatically, as it rebuilds the table';
    const drift = { live: live.primaryKey.join(', '), wanted: key.join(', '), hint };
    plan.drift.push({ kind: 'primary-key', severity: 'error', table: table.name, ...drift });
  }
  return missing;
}

function lower(names: readonly string[]): string {
  return names.map((name) => name.toLowerCase()).join();
}

function refusalOf(table: Table, column: TableColumn, hasRows: boolean, { dialect }: Planning): RefusedItem[] {
  const at = { table: table.name, column: column.name };
  if (column.isPrimary) {
    const reason = 'the existing table lacks a column of its primary key';
    return [{ ...at, reason, fix: 'change the primary key by hand: it rebuilds the table' }];
  }
  const cannot = dialect.cannotAdd(column);
  if (cannot) {
    const fix =
      'add it by hand: as NULL and without its default, fill the rows, then MODIFY it to what the entity says';
    return [{ ...at, reason: cannot, fix }];
  }
  const needsValue = !column.isNullable && !hasDefault(column) && !column.asExpression;
  if (!hasRows || !needsValue) return [];
  const reason = 'the new column is NOT NULL without a default, and the table has rows';
  return [{ ...at, reason, fix: 'make it nullable or give it a default' }];
}

async function planExistingColumn(
  table: Table,
  live: LiveTable,
  wanted: TableColumn,
  found: LiveColumn,
  planning: Planning,
): Promise<void> {
  const { plan, dialect, settings } = planning;
  const difference = dialect.compareColumn(wanted, found);
  const { liveType, wantedType } = difference;
  const isFixed = wanted.isPrimary || found.autoIncrement || found.generated || wanted.asExpression !== undefined;
  const widerType = liveType !== wantedType && difference.widens;
  const relaxes = !found.nullable && wanted.isNullable && !wanted.asExpression;
  const change = {
    type: widerType ? wantedType : liveType,
    nullable: found.nullable || (relaxes && !wanted.isPrimary),
  };
  const drift: Omit<DriftItem, 'kind' | 'hint' | 'severity'> = { table: table.name, object: wanted.name };
  if ((widerType || relaxes) && !isFixed && settings.widen && dialect.widensColumns) {
    const inPlace = await dialect.rows.has(live.name, settings.copyMaxRows + 1);
    plan.steps.push(await dialect.widenColumn(table, found, change, inPlace));
    plan.widenedColumns.push(`${table.name}.${wanted.name}`);
  } else if (widerType || relaxes) {
    plan.drift.push({ ...drift, ...(await narrowed(table, found, change, difference, planning)) });
  }
  if (liveType !== wantedType && !difference.widens) {
    const severity = difference.holds ? 'info' : 'warn';
    const hint = difference.holds
      ? 'it is larger than the entity asks for, and never made narrower'
      : 'no widening, so it is never changed automatically';
    plan.drift.push({ kind: 'type', severity, ...drift, live: liveType, wanted: wantedType, hint });
  }
  if (found.nullable && !wanted.isNullable && !isFixed) {
    const hint = 'the column may be NULL and the entity says it is not: fill the rows, then change it by a migration';
    plan.drift.push({ kind: 'nullability', severity: 'info', ...drift, live: 'NULL', wanted: 'NOT NULL', hint });
  }
  if (!isFixed && !difference.sameDefault) {
    const texts = { live: found.default ?? 'none', wanted: String(wanted.default ?? 'none') };
    const hint = 'defaults of existing columns are not changed';
    plan.drift.push({ kind: 'default', severity: 'info', ...drift, ...texts, hint });
  }
}

/** A column that is narrower than the entity asks for and stays so. */
async function narrowed(
  table: Table,
  found: LiveColumn,
  change: { type: string; nullable: boolean },
  { liveType, wantedType }: { liveType: string; wantedType: string },
  { dialect }: Planning,
): Promise<Pick<DriftItem, 'kind' | 'severity' | 'live' | 'wanted' | 'hint' | 'sql'>> {
  const isType = change.type !== liveType;
  const sql = dialect.widensColumns ? (await dialect.widenColumn(table, found, change, false)).sql : undefined;
  return {
    kind: isType ? 'type' : 'nullability',
    severity: 'warn',
    live: isType ? liveType : 'NOT NULL',
    wanted: isType ? wantedType : 'NULL',
    hint: isType ? 'larger values than the column takes will fail' : 'rows without a value will fail',
    ...(sql && { sql }),
  };
}

function extraColumns(table: Table, live: LiveTable, { dialect }: Planning): DriftItem[] {
  const wanted = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const extra = [...live.columns].filter(({ name }) => !wanted.has(name.toLowerCase()));
  return extra.map((column) => {
    const needsValue = !column.nullable && column.default === undefined && !column.autoIncrement && !column.generated;
    const item = { kind: 'extra-column', table: table.name, object: column.name, live: column.type } as const;
    if (!needsValue) return { ...item, severity: 'info', hint: 'kept; drop it yourself when no version uses it' };
    const hint = 'kept, and inserts through the entity fail: it is NOT NULL without a default';
    const sql = dialect.relaxingSql(table.name, column);
    return { ...item, severity: 'error', hint, ...(sql && { sql }) };
  });
}

/** Whether the column has one; TypeORM writes `undefined` and `null` for none. */
export function hasDefault(column: TableColumn): boolean {
  return column.default !== undefined && column.default !== null;
}

const CONSTANT = /^(?:'(?:[^'\\]|''|\\.)*'|[-+]?\d+(?:\.\d+)?|true|false|null)$/is;

/** Whether a default, as SQL text, is a literal. */
export function isConstant(sql: unknown): boolean {
  return CONSTANT.test(String(sql).trim());
}
