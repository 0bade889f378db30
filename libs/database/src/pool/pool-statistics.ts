import type { DataSource } from 'typeorm';
import { poolGuardOf } from './pool-guard-of.js';

/** The state of a pool at one moment, and what has happened to it since it was opened. */
export interface PoolStatistics {
  /** Most connections at a time. */
  readonly limit: number;
  /** Connections that somebody holds. */
  readonly inUse: number;
  /** Open connections that nobody holds. */
  readonly idle: number;
  /** Connections that are being made, or looked at before they are handed out. */
  readonly connecting: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
  /** Connections that were made. */
  readonly created: number;
  /** Connections that were closed because of their age, or as they had logged in by credentials that have changed. */
  readonly retired: number;
  /** Statements that took longer than the query timeout. */
  readonly queryTimeouts: number;
  /** Requests that got no connection within the acquire timeout. */
  readonly acquireTimeouts: number;
}

/** Statistics of a data source of `openDatabase` or of the module; `undefined` where it has no pool (SQLite, adopted ones). */
export function poolStatistics(dataSource: DataSource): PoolStatistics | undefined {
  return poolGuardOf(dataSource)?.statistics;
}
