import type { DataSource } from 'typeorm';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import { SynchronizeRefusedError } from '../database.errors.js';
import { tellDrift } from './drift-report.js';
import { identityOf } from './fingerprint.js';
import { MysqlSchemaState } from './mysql/mysql-schema-state.js';
import type { ResolvedSchemaMigratorOptions, SchemaReport } from './schema-migrator.js';
import { type DriftItem, emptyPlan, placeOf, type SchemaPlan } from './schema-plan.js';
import type { SchemaIdentity } from './schema-state.js';
import { SqliteSchemaState } from './sqlite/sqlite-schema-state.js';

// What a start on an unchanged schema needs; the rest is loaded when there is something to plan.

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
  if (mode !== 'off') tellDrift(report.drift, options.metrics, nameOfDataSource(dataSource));
  if (mode === 'plan' || mode === 'check') tellPlan(report, mode, nameOfDataSource(dataSource));
  return { ...report, tookMs: performance.now() - began };
}

/** See SchemaMigrator.plan(). */
export async function planMigration(
  dataSource: DataSource,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaPlan> {
  const identity = identify(dataSource, options);
  const drift = await findRecorded(dataSource, identity);
  if (drift) return emptyPlan(drift);
  signal.throwIfAborted();
  const { planChanges } = await import('./change-schema.js');
  return planChanges({ dataSource, identity, options, signal });
}

async function migrate(
  dataSource: DataSource,
  options: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaReport> {
  if (options.mode !== 'apply') return reportOf('planned', await planMigration(dataSource, options, signal));
  const identity = identify(dataSource, options);
  signal.throwIfAborted();
  const drift = await findRecorded(dataSource, identity);
  if (drift) return reportOf('unchanged', emptyPlan(drift));
  const { changeSchema } = await import('./change-schema.js');
  const { privileged } = options;
  if (!privileged) return changeSchema({ dataSource, identity, options, signal });
  const changer = await privileged(signal);
  try {
    return await changeSchema({ dataSource: changer, identity, options, signal });
  } finally {
    await changer.destroy();
  }
}

function identify(
  dataSource: DataSource,
  { version, migrations, initializations }: ResolvedSchemaMigratorOptions,
): SchemaIdentity {
  if (dataSource.options.synchronize) throw new SynchronizeRefusedError();
  const names = migrations.map((migration) => migration.name ?? migration.constructor.name);
  const versions = initializations
    .filter(({ version: initialized = 1 }) => initialized > 1)
    .map(({ entity, version: initialized }) => `${dataSource.getMetadata(entity).tableName} ${initialized}`);
  return identityOf(dataSource, version, { migrations: names.toSorted(), versions: versions.toSorted() });
}

/** By one query: the drift of a schema that is as it was recorded. */
async function findRecorded(dataSource: DataSource, identity: SchemaIdentity): Promise<DriftItem[] | undefined> {
  if (identity.isEmpty) return [];
  const State = dataSource.options.type === 'better-sqlite3' ? SqliteSchemaState : MysqlSchemaState;
  const runner = dataSource.createQueryRunner();
  try {
    return await new State(runner, identity).find();
  } finally {
    await runner.release();
  }
}

function reportOf(outcome: SchemaReport['outcome'], plan: SchemaPlan = emptyPlan([])): SchemaReport {
  return { outcome, ...plan, initializedTables: [], waitedMs: 0, tookMs: 0 };
}

function tellPlan({ steps, refused }: SchemaReport, mode: 'plan' | 'check', dataSource: string): void {
  const logger = loggerOf('SchemaMigrator', dataSource);
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
