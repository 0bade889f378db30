import type { SchemaDialect } from './schema-dialect.js';
import type { DriftItem } from './schema-plan.js';
import type { SchemaState } from './schema-state.js';

/** The schema work on one connection. */
export interface SchemaSession {
  dialect: SchemaDialect;
  state: SchemaState;
  /** Milliseconds that the lock was waited for. */
  waitedMs: number;
  /** Rejects when the lock was lost; to be asked before each statement. */
  stillHeld(): Promise<void>;
}

/** A database as the migrator sees it. */
export interface SchemaDatabase {
  /** For reading, without a lock. */
  read<T>(work: (session: SchemaSession) => Promise<T>): Promise<T>;
  /**
   * For changing, under the lock.
   *
   * @param byPeer makes the result of what another process has finished while this one waited
   */
  locked<T>(byPeer: (drift: DriftItem[]) => T, work: (session: SchemaSession) => Promise<T>): Promise<T>;
}
