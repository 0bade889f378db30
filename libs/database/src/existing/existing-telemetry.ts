import type { Duration } from '@eggybyte/errors';
import type { Metrics, Tracer } from '@eggybyte/observability';
import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { measureOperations } from '../telemetry/database-metrics.js';
import type { DatabaseSystem } from '../telemetry/database-system.js';
import { measured } from '../telemetry/measured.js';
import { Operations } from '../telemetry/operations.js';
import { PoolMetrics } from '../telemetry/pool-metrics.js';
import { SlowLog } from '../telemetry/slow-log.js';
import { existingPool } from './existing-pool.js';

type Query = QueryRunner['query'];

const SYSTEMS: Readonly<Record<string, DatabaseSystem>> = {
  mysql: 'mysql',
  'aurora-mysql': 'mysql',
  mariadb: 'mariadb',
  postgres: 'postgresql',
  'aurora-postgres': 'postgresql',
  cockroachdb: 'cockroachdb',
  mssql: 'microsoft.sql_server',
  oracle: 'oracle.db',
  sap: 'sap.hana',
  spanner: 'gcp.spanner',
};

const OPERATIONS = Symbol('eggybyte:database:operations');
type Measured = DataSource & { [OPERATIONS]?: Operations };

const measuredRunners = new WeakSet<QueryRunner>();

export interface ExistingTelemetryOptions {
  slowQuery: Duration | (() => Duration);
  metrics: Metrics | undefined;
  tracer: Tracer | undefined;
}

/**
 * Measures what the query runners of a data source that is not the suite's own are asked from now on, and so what
 * repositories, managers, builders and transactions of it do: metrics, slow log and spans. A statement counts from its call on,
 * with the wait for a connection; streams are left out.
 */
export function measureExisting(dataSource: DataSource, name: string, options: ExistingTelemetryOptions): void {
  const { slowQuery, metrics, tracer } = options;
  let operations = (dataSource as Measured)[OPERATIONS];
  if (!operations) {
    operations = listenTo(dataSource, name);
    // Of several applications that have adopted it the first one tells.
    new SlowLog(operations, slowQuery).begin();
  }
  // The last one traces: those before it may have closed their tracer, and with it the data source.
  if (tracer) operations.trace(tracer);
  if (!metrics) return;
  measureOperations(operations, metrics);
  const pool = existingPool(dataSource, name === DEFAULT_DATA_SOURCE ? undefined : name);
  if (pool) PoolMetrics.of(metrics).add(pool);
}

function listenTo(dataSource: DataSource, name: string): Operations {
  // All the others are SQLite on one platform or another.
  const operations = new Operations(SYSTEMS[dataSource.options.type] ?? 'sqlite', name);
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  Object.assign(dataSource, {
    [OPERATIONS]: operations,
    createQueryRunner: (mode?: ReplicationMode) => measuredRunner(createQueryRunner(mode), operations),
  });
  return operations;
}

/** Drivers with one connection give the same runner to everybody. */
function measuredRunner(runner: QueryRunner, operations: Operations): QueryRunner {
  if (measuredRunners.has(runner)) return runner;
  measuredRunners.add(runner);
  const query = runner.query.bind(runner) as (...args: Parameters<Query>) => Promise<unknown>;
  return Object.assign(runner, {
    query: (...args: Parameters<Query>) => measured(operations, args[0], () => query(...args)),
  });
}
