import type { Pool } from 'mysql2';
import type { DataSource } from 'typeorm';
import type { MeasuredPool } from '../telemetry/pool-metrics.js';

/** What mysql2 keeps and does not tell: https://github.com/sidorares/node-mysql2/blob/master/lib/base/pool.js */
interface PoolInside {
  config: {
    connectionLimit: number;
    connectionConfig: { host?: string; port?: number; socketPath?: string; database?: string };
  };
  _allConnections: { length: number };
  _freeConnections: { length: number };
  _connectionQueue: { length: number };
}

const EMPTY = { limit: 0, inUse: 0, idle: 0, waiting: 0 };

/**
 * The pool of a data source on MySQL or MariaDB that is not the suite's own; `undefined` for any other, for one that is
 * not open yet, and for replicas. Named like those of the suite: the default one by its address.
 */
export function existingPool(dataSource: DataSource, name: string | undefined): MeasuredPool | undefined {
  const inside = (): PoolInside | undefined => insideOf(dataSource);
  const pool = inside();
  return (
    pool && {
      name: name ?? addressOf(pool),
      // One that is closed and opened again has another pool.
      get statistics() {
        return statisticsOf(inside());
      },
    }
  );
}

function insideOf(dataSource: DataSource): PoolInside | undefined {
  const { pool } = dataSource.driver as { pool?: Pool };
  const inside = pool as unknown as Partial<PoolInside> | undefined;
  const { _allConnections: all, _freeConnections: free, _connectionQueue: line, config } = inside ?? {};
  return all && free && line && config ? (inside as PoolInside) : undefined;
}

function statisticsOf(pool: PoolInside | undefined): MeasuredPool['statistics'] {
  if (!pool) return EMPTY;
  const { _allConnections: all, _freeConnections: free, _connectionQueue: line, config } = pool;
  return { limit: config.connectionLimit, inUse: all.length - free.length, idle: free.length, waiting: line.length };
}

function addressOf({ config: { connectionConfig } }: PoolInside): string {
  const { host, port, socketPath, database = '' } = connectionConfig;
  return `${socketPath ?? `${host}:${port}`}/${database}`;
}
