import type { DataSource } from 'typeorm';
import { type DesiredSchema, desiredSchema } from './desired-schema.js';
import { Migration, migrationStep } from './migration.js';
import { MysqlSchemaDatabase } from './mysql/mysql-schema-database.js';
import { planSchema } from './plan-schema.js';
import type { SchemaDatabase, SchemaSession } from './schema-database.js';
import type { ResolvedSchemaMigratorOptions, SchemaReport } from './schema-migrator.js';
import { type DriftItem, emptyPlan, type SchemaPlan } from './schema-plan.js';
import type { SchemaIdentity } from './schema-state.js';
import { SqliteSchemaDatabase } from './sqlite/sqlite-schema-database.js';
import { namedMigrations, VersionedMigrations } from './versioned-migrations.js';

/** One look at a schema that is not as it was recorded. */
export interface SchemaWork {
  dataSource: DataSource;
  identity: SchemaIdentity;
  options: ResolvedSchemaMigratorOptions;
  signal: AbortSignal;
}

/** Without a lock, and without a change. */
export function planChanges(work: SchemaWork): Promise<SchemaPlan> {
  const desired = desiredSchema(work.dataSource);
  return databaseOf(work).read(async (session) => {
    const { pending } = await versionedOf(session, work).pending(work.identity.tables);
    const planned = await plan(session, desired, work.options);
    const [before, after] = [false, true].map((isAfter) =>
      pending.filter(({ migration }) => (migration.after ?? false) === isAfter).map(migrationStep),
    );
    return { ...planned, steps: [...(before ?? []), ...planned.steps, ...(after ?? [])] };
  });
}

/** Under the lock, unless another process has done it meanwhile. */
export function changeSchema(work: SchemaWork): Promise<SchemaReport> {
  const { dataSource, options, signal } = work;
  const desired = desiredSchema(dataSource);
  return databaseOf(work).locked(unchanged, async (session) => {
    const { waitedMs } = session;
    const byPeer = await session.state.find();
    if (byPeer) return { ...unchanged(byPeer), waitedMs };
    const versioned = versionedOf(session, work);
    const migration = new Migration(dataSource, session, versioned, options.initializations, signal);
    const result = await migration.run(desired, () => plan(session, desired, options));
    const { steps, initializedTables } = result;
    const outcome = steps.length > 0 || initializedTables.length > 0 ? 'applied' : 'unchanged';
    return { outcome, ...result.plan, steps, initializedTables, waitedMs, tookMs: 0 };
  });
}

function versionedOf({ dialect }: SchemaSession, { dataSource, options }: SchemaWork): VersionedMigrations {
  const { migrationsTableName = 'migrations' } = dataSource.options;
  return new VersionedMigrations(dialect, namedMigrations(options.migrations), migrationsTableName);
}

function unchanged(drift: DriftItem[]): SchemaReport {
  return { outcome: 'unchanged', ...emptyPlan(drift), initializedTables: [], waitedMs: 0, tookMs: 0 };
}

function databaseOf({ dataSource, identity, options, signal }: SchemaWork): SchemaDatabase {
  if (dataSource.options.type === 'better-sqlite3') return new SqliteSchemaDatabase(dataSource, identity);
  const { lock: kind, lockTimeoutMs: timeoutMs } = options;
  return new MysqlSchemaDatabase(dataSource, identity, { kind, timeoutMs, signal });
}

async function plan(
  { dialect }: SchemaSession,
  desired: DesiredSchema,
  settings: ResolvedSchemaMigratorOptions,
): Promise<SchemaPlan> {
  const live = await dialect.readLive([...desired.tables.map(({ name }) => name), ...desired.views]);
  return planSchema(desired, live, dialect, settings);
}
