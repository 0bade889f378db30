import type { Table } from 'typeorm';
import type { DesiredSchema } from './desired-schema.js';
import type { LiveSchema, LiveTable } from './live-schema.js';
import { planColumns } from './plan-columns.js';
import { planIndexes } from './plan-indexes.js';
import { planKeys } from './plan-keys.js';
import type { SchemaDialect } from './schema-dialect.js';
import type { SchemaPlan, SchemaStep } from './schema-plan.js';

export interface PlanSettings {
  /** Whether columns are widened where no value can be lost. */
  widen: boolean;
  /** Tables with more rows are only changed by what the server does in place. */
  copyMaxRows: number;
}

/** What the parts of a plan share. */
export interface Planning {
  plan: SchemaPlan;
  live: LiveSchema;
  dialect: SchemaDialect;
  settings: PlanSettings;
  /** Foreign keys come when every table and every index is there, so that circles work. */
  keys: SchemaStep[];
}

/** Compares what the entities ask for with what is there. Changes nothing. */
export async function planSchema(
  desired: DesiredSchema,
  live: LiveSchema,
  dialect: SchemaDialect,
  settings: PlanSettings,
): Promise<SchemaPlan> {
  const plan: SchemaPlan = {
    steps: [],
    refused: [],
    drift: [],
    createdTables: [],
    addedColumns: [],
    widenedColumns: [],
  };
  const planning: Planning = { plan, live, dialect, settings, keys: [] };
  const there = new Set(desired.tables.filter(({ name }) => live.has(name)).map(({ name }) => name));
  // One by one: the statements are recorded on the one connection.
  for (const table of desired.tables) {
    const found = live.table(table.name);
    const refused = refusalOf(table, dialect);
    if (refused) plan.refused.push({ table: table.name, ...refused });
    else if (found) await planExisting(table, found, planning);
    else await planNew(table, there, desired.tables, planning);
  }
  reportChecks(desired.tables, planning);
  for (const view of desired.views) {
    if (live.hasView(view)) continue;
    const hint = 'views are not created: create it by a migration';
    plan.drift.push({ kind: 'view', severity: 'warn', table: view, hint });
  }
  plan.steps.push(...planning.keys);
  return plan;
}

function refusalOf(table: Table, dialect: SchemaDialect): { reason: string; fix: string } | undefined {
  if (table.name.includes('.')) {
    return {
      reason: 'its entity names another database',
      fix: 'remove `database` from @Entity(), or set `synchronize: false` there and create the table yourself',
    };
  }
  const missing = dialect.missingFeature(table);
  return missing ? { reason: missing, fix: 'leave it out of the entity, or use another server' } : undefined;
}

async function planNew(
  table: Table,
  there: Set<string>,
  all: readonly Table[],
  { plan, dialect, keys }: Planning,
): Promise<void> {
  there.add(table.name);
  const canRefer = (name: string): boolean => there.has(name) || !all.some((other) => other.name === name);
  const now = table.clone();
  if (dialect.defersKeys) now.foreignKeys = table.foreignKeys.filter((key) => canRefer(key.referencedTableName));
  plan.steps.push(...(await dialect.createTable(now)));
  plan.createdTables.push(table.name);
  const later = table.foreignKeys.filter((key) => !now.foreignKeys.includes(key));
  for (const key of dialect.defersKeys ? later : []) keys.push(...(await dialect.addForeignKey(table, key)));
}

async function planExisting(table: Table, live: LiveTable, planning: Planning): Promise<void> {
  const before = planning.plan.refused.length;
  const added = await planColumns(table, live, planning);
  const indexes = await planIndexes(table, live, added, planning);
  if (planning.plan.refused.length > before) return;
  planning.plan.steps.push(...indexes);
  await planKeys(table, live, added, planning);
}

function reportChecks(tables: readonly Table[], { plan, dialect }: Planning): void {
  if (dialect.createsChecks) return;
  for (const table of tables) {
    for (const { name = '', expression = '' } of table.checks) {
      const hint = '@Check is not created on this server: add it by a migration';
      plan.drift.push({ kind: 'check', severity: 'info', table: table.name, object: name, wanted: expression, hint });
    }
  }
}
