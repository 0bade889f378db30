import type { DataSource, EntityManager } from 'typeorm';
import type { RegisteredEntity } from '../registered-entity.js';

/** What {@link TableInitializer.initTable} gets. */
export interface InitTableContext {
  /** Works in the transaction of this call: what it wrote vanishes when the call fails. */
  manager: EntityManager;
  /** The table was created by this start, or by one that ended before this call had succeeded. */
  created: boolean;
  /**
   * The version of the repository that the table was last initialised by: 0 for a new one, 1 for a table that was there
   * before it had an `initTable`.
   */
  from: number;
  /** Aborts when the start is interrupted or takes too long. */
  signal: AbortSignal;
}

/** A repository that fills its table when it is new, and goes on with it when it changes. */
export interface TableInitializer {
  /**
   * Runs when this start created the table, added or widened a column of it, or when the repository's `version` is
   * higher than the one that it last ran for. It runs under the lock of the migration: however many replicas start at
   * once, one of them runs it. When it fails, the start fails, and the next start runs it again.
   */
  initTable(context: InitTableContext): Promise<void>;
}

/** The initializer of one entity's table, made only when it is needed, for the data source that changes the schema. */
export interface TableInitialization {
  entity: RegisteredEntity;
  /** For messages: the class name of the repository. */
  name: string;
  /** A higher one than the last makes it run again. @default 1 */
  version?: number;
  initializer: (dataSource: DataSource) => TableInitializer | Promise<TableInitializer>;
}
