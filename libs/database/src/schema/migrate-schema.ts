import { Logger } from '@nestjs/common';
import { messageOf } from '@eggybyte/errors';
import { waitingOn } from '@eggybyte/lifecycle';
import type { DataSource, QueryRunner } from 'typeorm';
import { SynchronizeRefusedError } from '../database.errors.js';
import { desiredSchema } from './desired-schema.js';
import { MysqlDialect } from './mysql-dialect.js';
import { withMysqlSchemaLock } from './mysql-schema-lock.js';
import { InitTableError, SchemaApplyError, SchemaRefusedError } from './schema.errors.js';
import type { SchemaDialect } from './schema-dialect.js';
import type { ResolvedSchemaMigratorOptions, SchemaReport } from './schema-migrator.js';
import { planSchema, type SchemaPlan } from './schema-plan.js';
import { SqliteDialect } from './sqlite-dialect.js';
import type { TableInitialization } from './table-initializer.js';

const logger = new Logger('SchemaMigrator');

interface Migration {
  dataSource: DataSource;
  initializations: Map<string, TableInitialization>;
  signal: AbortSignal;
}

/** See SchemaMigrator.migrate(). In a file of its own, as it needs TypeORM when it is loaded. */
export async function migrateSchema(
  dataSource: DataSource,
  { lockTimeoutMs, initializations }: ResolvedSchemaMigratorOptions,
  signal: AbortSignal,
): Promise<SchemaReport> {
  if (dataSource.options.synchronize) throw new SynchronizeRefusedError();
  const began = performance.now();
  const byTable = initializations.map((item) => [dataSource.getMetadata(item.entity).tableName, item] as const);
  const migration: Migration = { dataSource, initializations: new Map(byTable), signal };
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  const { plan, initializedTables } = isSqlite
    ? await inSqliteTransaction(dataSource, (runner) => run(migration, new SqliteDialect(runner)))
    : await withMysqlSchemaLock(dataSource, lockTimeoutMs, signal, (runner) =>
        run(migration, new MysqlDialect(runner, signal)),
      );
  const { createdTables, addedColumns } = plan;
  return { createdTables, addedColumns, initializedTables, tookMs: performance.now() - began };
}

/** BEGIN IMMEDIATE is the lock here, also between processes. */
async function inSqliteTransaction<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    return await runner.manager.transaction(() => work(runner));
  } finally {
    await runner.release();
  }
}

async function run(
  migration: Migration,
  dialect: SchemaDialect,
): Promise<{ plan: SchemaPlan; initializedTables: string[] }> {
  const { dataSource, initializations, signal } = migration;
  const desired = desiredSchema(dataSource);
  const live = await dialect.readLive(desired.map(({ name }) => name));
  const plan = await planSchema(desired, live, dialect);
  if (plan.refused.length > 0) throw new SchemaRefusedError(plan.refused);

  const expected = plan.createdTables.filter((table) => initializations.has(table));
  for (const table of expected) await dialect.expectInitialization(table);
  await applyPlan(plan, dialect, signal);
  const pending = new Set([...expected, ...(await dialect.pendingInitializations(live))]);
  const initializedTables: string[] = [];
  for (const [table, initialization] of initializations) {
    if (!pending.has(table)) continue;
    await initialize(table, initialization, dialect, signal);
    initializedTables.push(table);
  }
  return { plan, initializedTables };
}

async function applyPlan({ steps }: SchemaPlan, dialect: SchemaDialect, signal: AbortSignal): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    const began = performance.now();
    try {
      await waitingOn(`${step.kind} ${objectOf(step)}`, () => dialect.apply(step));
    } catch (error) {
      signal.throwIfAborted();
      throw new SchemaApplyError(step, error);
    }
    const tookMs = Math.round(performance.now() - began);
    logger.log(`${step.kind} ${objectOf(step)}: ${tookMs} ms`);
  }
}

function objectOf({ table, object }: SchemaPlan['steps'][number]): string {
  return table === object ? table : `${table}.${object}`;
}

async function initialize(
  table: string,
  { name, initializer }: TableInitialization,
  dialect: SchemaDialect,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const instance = await initializer();
  try {
    await waitingOn(`initTable of ${name}`, () =>
      dialect.initialize(table, ({ manager }) => instance.initTable({ manager, created: true, signal })),
    );
  } catch (error) {
    throw new InitTableError(name, messageOf(error), error);
  }
  logger.log(`${name} has initialised ${table}`);
}
