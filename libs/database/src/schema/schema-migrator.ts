import { type Duration, milliseconds } from '@eggybyte/errors';
import type { DataSource } from 'typeorm';
import type { TableInitialization } from './table-initializer.js';

export interface SchemaMigratorOptions {
  /** How long to wait for another process that changes the schema. @default "120s" */
  lockTimeout?: Duration;
  /** The repositories whose `initTable` runs when their table is new, in this order. @default none */
  initializations?: readonly TableInitialization[];
}

export interface ResolvedSchemaMigratorOptions {
  lockTimeoutMs: number;
  initializations: readonly TableInitialization[];
}

/** What a migration did. All lists are empty when there was nothing to do. */
export interface SchemaReport {
  createdTables: string[];
  /** As `table.column`. */
  addedColumns: string[];
  /** Tables whose `initTable` ran. */
  initializedTables: string[];
  /** Milliseconds, waiting for the lock included. */
  tookMs: number;
}

const defaults = { lockTimeout: '120s', initializations: [] } satisfies SchemaMigratorOptions;

/**
 * Creates the tables and columns that the entities of a data source ask for and that are missing. It adds only: it has
 * no statement that drops, renames or changes anything.
 */
export class SchemaMigrator {
  readonly #options: ResolvedSchemaMigratorOptions;

  constructor(
    private readonly dataSource: DataSource,
    options: SchemaMigratorOptions = {},
  ) {
    const { lockTimeout, initializations } = { ...defaults, ...options };
    this.#options = { lockTimeoutMs: milliseconds(lockTimeout, 'lockTimeout'), initializations };
  }

  /**
   * Any number of processes may call it at once: one of them does the work under a lock, the others wait for it and
   * find it done. The signal is looked at between statements.
   *
   * @throws SchemaRefusedError with every unsafe item, before anything is changed; SchemaLockError; SchemaApplyError
   * for a statement that the server refused; InitTableError; SynchronizeRefusedError.
   */
  async migrate(signal: AbortSignal = new AbortController().signal): Promise<SchemaReport> {
    const { migrateSchema } = await import('./migrate-schema.js');
    return migrateSchema(this.dataSource, this.#options, signal);
  }
}
