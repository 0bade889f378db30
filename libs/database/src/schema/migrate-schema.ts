import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { SynchronizeRefusedError } from '../database.errors.js';
import { type DesiredSchema, desiredSchema, fingerprintOf } from './desired-schema.js';
import { tellDrift } from './drift-report.js';
import { Migration } from './migration.js';
import { MysqlSchemaDatabase } from './mysql/mysql-schema-database.js';
import { planSchema } from './plan-schema.js';
import type { SchemaDatabase, SchemaSession } from './schema-database.js';
import type { ResolvedSchemaMigratorOptions, SchemaReport } from './schema-migrator.js';
import { type DriftItem, placeOf, type SchemaPlan } from './schema-plan.js';
import type { SchemaIdentity } from './schema-state.js';
import { SqliteSchemaDatabase } from './sqlite/sqlite-schema-database.js';

// This file needs TypeORM when it is loaded; the migrator imports it only when it is used.

const logger = new Logger('SchemaMigrator');
const SHOWN_STEPS = 200;

/** See SchemaMigrator.migrate(). */
export async function migrateSchema(
  dataSource: DataSource,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaReport> {
  const began = performance.now();
  const { mode } = options;
  const report = mode === 'off' ? reportOf('off') : await migrate(dataSource, options, signal);
  if (mode !== 'off') tellDrift(report.drift, options.metrics);
  if (mode === 'plan' || mode === 'check') tellPlan(report, mode);
  return { ...report, tookMs: performance.now() - began };
}

/** See SchemaMigrator.plan(). */
export async function planMigration(
  dataSource: DataSource,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaPlan> {
  const { desired, database } = open(dataSource, options, signal);
  if (isNothing(desired)) return emptyPlan([]);
  const drift = await database.find();
  if (drift) return emptyPlan(drift);
  signal.throwIfAborted();
  return database.read((session) => planWith(session, desired, options));
}

async function migrate(
  dataSource: DataSource,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaReport> {
  if (options.mode !== 'apply') {
    const plan = await planMigration(dataSource, options, signal);
    return reportOf('planned', plan);
  }
  const { desired, database } = open(dataSource, options, signal);
  if (isNothing(desired)) return unchanged([]);
  signal.throwIfAborted();
  const drift = await database.find();
  if (drift) return unchanged(drift);
  if (!options.privileged) return change(dataSource, { desired, database }, options, signal);
  const privileged = await options.privileged(signal);
  try {
    return await change(privileged, open(privileged, options, signal), options, signal);
  } finally {
    await privileged.destroy();
  }
}

async function change(
  dataSource: DataSource,
  { desired, database }: Opened,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaReport> {
  return database.locked(unchanged, async (session) => {
    const byPeer = await session.state.find();
    if (byPeer) return { ...unchanged(byPeer), waitedMs: session.waitedMs };
    const migration = new Migration(dataSource, session, options.initializations, signal);
    const { plan, steps, initializedTables } = await migration.run(desired, () => planWith(session, desired, options));
    const outcome = steps.length > 0 || initializedTables.length > 0 ? 'applied' : 'unchanged';
    return { ...reportOf(outcome, { ...plan, steps }), initializedTables, waitedMs: session.waitedMs };
  });
}

function unchanged(drift: DriftItem[]): SchemaReport {
  return reportOf('unchanged', emptyPlan(drift));
}

interface Opened {
  desired: DesiredSchema;
  database: SchemaDatabase;
}

function open(
  dataSource: DataSource,
  { lock: kind, lockTimeoutMs: timeoutMs, version }: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Opened {
  if (dataSource.options.synchronize) throw new SynchronizeRefusedError();
  const { type } = dataSource.options;
  const desired = desiredSchema(dataSource);
  const tables = desired.tables.map(({ name }) => name);
  const identity: SchemaIdentity = { fingerprint: fingerprintOf(desired, [type]), tables, version };
  const database =
    type === 'better-sqlite3'
      ? new SqliteSchemaDatabase(dataSource, identity)
      : new MysqlSchemaDatabase(dataSource, identity, { kind, timeoutMs, signal });
  return { desired, database };
}

async function planWith(
  { dialect }: SchemaSession,
  desired: DesiredSchema,
  settings: ResolvedSchemaMigratorOptions,
): Promise<SchemaPlan> {
  const live = await dialect.readLive([...desired.tables.map(({ name }) => name), ...desired.views]);
  return planSchema(desired, live, dialect, settings);
}

function isNothing({ tables, views }: DesiredSchema): boolean {
  return tables.length === 0 && views.length === 0;
}

function emptyPlan(drift: DriftItem[]): SchemaPlan {
  return { steps: [], refused: [], drift, createdTables: [], addedColumns: [], widenedColumns: [] };
}

function reportOf(outcome: SchemaReport['outcome'], plan: SchemaPlan = emptyPlan([])): SchemaReport {
  return { outcome, ...plan, initializedTables: [], waitedMs: 0, tookMs: 0 };
}

function tellPlan({ steps, refused }: SchemaReport, mode: 'plan' | 'check'): void {
  if (steps.length === 0 && refused.length === 0) {
    logger.log('The schema has all that the entities ask for');
    return;
  }
  for (const { table, column, reason, fix } of refused) {
    logger.warn(`Would be refused: ${placeOf({ table, ...(column && { object: column }) })}: ${reason} (${fix})`);
  }
  for (const { sql } of steps.slice(0, SHOWN_STEPS)) logger.log(`Would run: ${sql}`);
  const more = steps.length > SHOWN_STEPS ? ` (${SHOWN_STEPS} of them above)` : '';
  const what = `The schema lacks ${steps.length + refused.length} changes${more}, and the mode is ${mode}`;
  logger.warn(mode === 'plan' ? `${what}: nothing is changed` : `${what}: not ready until somebody applies them`);
}
