import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import type { Metrics } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import type { DriftItem, RefusedItem, SchemaPlan, SchemaStep } from './schema-plan.js';
import type { TableInitialization } from './table-initializer.js';
import type { VersionedMigration, VersionedMigrationClass } from './versioned-migrations.js';

/**
 * What a start does about the schema: `apply` changes it; `plan` logs what it would do and goes on; `check` never
 * changes anything, and the check `schema` is down while something is missing; `off` does not look.
 */
export type SchemaMode = 'apply' | 'plan' | 'check' | 'off';

export const SCHEMA_MODES: readonly SchemaMode[] = ['apply', 'plan', 'check', 'off'];

export interface SchemaMigratorOptions {
  /** What {@link SchemaMigrator.migrate} does. @default "apply" */
  mode?: SchemaMode;
  /** How long to wait for another process that changes the schema. @default "120s" */
  lockTimeout?: Duration;
  /**
   * `auto`: GET_LOCK, and a locked row where the server has none. `row`: that row, also for clusters in which GET_LOCK is
   * known to one node only. `none`: no process waits, each statement counts as done when another has done it, and
   * `initTable` may run in several. SQLite has its own. @default "auto"
   */
  lock?: 'auto' | 'row' | 'none';
  /** The repositories whose `initTable` runs when their table is new, in this order. @default none */
  initializations?: readonly TableInitialization[];
  /**
   * Migrations of TypeORM, run under the same lock before anything is added, or after it where they say `after`. What its
   * table `migrations` has is not run again; a schema that is older than the suite and has no such table counts as migrated.
   *
   * @default those of the data source
   */
  migrations?: readonly VersionedMigrationClass[] | undefined;
  /** Whether columns get the larger type of their entity where no value can be lost. @default true */
  widen?: boolean;
  /** Tables with more rows are only widened and indexed where the server does it in place; the rest is drift. @default 100000 */
  copyMaxRows?: number;
  /** Version of the service, for the history. @default none */
  version?: string | undefined;
  /**
   * Opens a data source of the same database and entities, for a user that may change the schema. It is opened when there
   * is something to change, and destroyed after it. @default the data source itself
   */
  privileged?: ((signal: AbortSignal) => Promise<DataSource>) | undefined;
  /** Gets the gauge `eggy_database_schema_drift{severity,data_source}`. @default none */
  metrics?: Metrics | undefined;
}

export interface ResolvedSchemaMigratorOptions {
  mode: SchemaMode;
  lockTimeoutMs: number;
  lock: 'auto' | 'row' | 'none';
  initializations: readonly TableInitialization[];
  migrations: readonly (VersionedMigrationClass | VersionedMigration)[];
  widen: boolean;
  copyMaxRows: number;
  version: string | undefined;
  metrics: Metrics | undefined;
  privileged: ((signal: AbortSignal) => Promise<DataSource>) | undefined;
}

/** What a migration did. All lists but `drift` are empty when there was nothing to do. */
export interface SchemaReport {
  /** `unchanged`: all was there, for this process or because another one had just made it. */
  outcome: 'applied' | 'unchanged' | 'planned' | 'off';
  createdTables: string[];
  /** As `table.column`. */
  addedColumns: string[];
  /** As `table.column`. */
  widenedColumns: string[];
  /** Tables whose `initTable` ran. */
  initializedTables: string[];
  /** The statements that ran; in the modes `plan` and `check` those that would. */
  steps: SchemaStep[];
  /** Only in the modes `plan` and `check`, as `apply` fails by them. */
  refused: RefusedItem[];
  /** What differs and is left as it is. */
  drift: DriftItem[];
  /** Milliseconds of waiting for the lock. */
  waitedMs: number;
  /** Milliseconds, waiting for the lock included. */
  tookMs: number;
}

const defaults = {
  mode: 'apply',
  lockTimeout: '120s',
  lock: 'auto',
  initializations: [],
  widen: true,
  copyMaxRows: 100_000,
} satisfies SchemaMigratorOptions;

/**
 * Brings a database to what the entities of a data source ask for: missing tables, columns, indexes and foreign keys
 * are created, and columns get the larger type of their entity where no value can be lost. There is no statement that
 * drops, renames or narrows anything.
 */
export class SchemaMigrator {
  readonly #options: ResolvedSchemaMigratorOptions;

  /** @throws ArgumentError for a mode or a count that is none */
  constructor(
    private readonly dataSource: DataSource,
    options: SchemaMigratorOptions = {},
  ) {
    const { lockTimeout, version, metrics, privileged, migrations, ...rest } = { ...defaults, ...options };
    if (!SCHEMA_MODES.includes(rest.mode)) throw new ArgumentError('mode', `one of ${SCHEMA_MODES.join()}`, rest.mode);
    if (!Number.isInteger(rest.copyMaxRows) || rest.copyMaxRows < 0) {
      throw new ArgumentError('copyMaxRows', 'an integer from 0 up', rest.copyMaxRows);
    }
    const lockTimeoutMs = milliseconds(lockTimeout, 'lockTimeout');
    this.#options = {
      ...rest,
      lockTimeoutMs,
      version,
      metrics,
      privileged,
      migrations: migrations ?? dataSource.migrations,
    };
  }

  /**
   * Any number of processes may call it at once: one of them does the work under a lock, the others wait for it and
   * find it done. An unchanged schema costs one query. The signal is looked at between statements.
   *
   * @throws SchemaRefusedError with every unsafe item, before anything is changed; SchemaLockError; SchemaApplyError
   * for a statement that the server refused; SchemaDivergesError; InitTableError; SynchronizeRefusedError.
   */
  async migrate(signal: AbortSignal = new AbortController().signal): Promise<SchemaReport> {
    const { migrateSchema } = await import('./migrate-schema.js');
    return migrateSchema(this.dataSource, this.#options, signal);
  }

  /** What {@link migrate} would do, as data. Changes nothing and needs no lock. */
  async plan(signal: AbortSignal = new AbortController().signal): Promise<SchemaPlan> {
    const { planMigration } = await import('./migrate-schema.js');
    return planMigration(this.dataSource, this.#options, signal);
  }
}
