import { type Histogram, type LabelsOf, type Metrics, suiteHistogram } from '@eggybyte/observability';
import type { DataSource } from 'typeorm';
import { poolGuardOf } from '../pool/pool-guard-of.js';
import { errorType } from './error-type.js';
import { operationName } from './operation-name.js';
import type { Operations } from './operations.js';
import { PoolMetrics } from './pool-metrics.js';

type Label = LabelsOf<'db_client_operation_duration_seconds'>;
type Series = ReturnType<Histogram<Label>['labels']>;

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const OTHER = '_OTHER';
/** More kinds of errors than this are one. */
const MOST_ERRORS = 40;

/** The database metrics of OpenTelemetry's conventions, in Prometheus form, and by data source. */
class DatabaseMetrics {
  readonly #duration: Histogram<Label>;
  /** By the operation and its error: to look up a series by its labels costs more than all the rest. */
  readonly #series = new Map<string, Series>();
  readonly #errors = new Set<string>();

  constructor(
    metrics: Metrics,
    private readonly operations: Operations,
  ) {
    this.#duration = suiteHistogram(metrics, 'db_client_operation_duration_seconds');
  }

  begin(): void {
    this.operations.listen(({ sql, durationMs, error }) => {
      const type = error === undefined ? '' : this.#errorType(error);
      this.#seriesOf(operationName(sql), type).observe(durationMs / 1000);
    });
  }

  #seriesOf(operation: string, error: string): Series {
    const key = error === '' ? operation : `${operation} ${error}`;
    let series = this.#series.get(key);
    if (!series) {
      series = this.#duration.labels(this.operations.system, this.operations.dataSource, operation, error);
      this.#series.set(key, series);
    }
    return series;
  }

  #errorType(error: unknown): string {
    const code = errorType(error) ?? '';
    if (this.#errors.has(code)) return code;
    if (!ERROR_CODE.test(code) || this.#errors.size >= MOST_ERRORS) return OTHER;
    this.#errors.add(code);
    return code;
  }
}

/**
 * Measures a data source of `openDatabase`, from now on: how long operations take, and its pool. Does nothing for one
 * that is not the suite's own. Call it once for a data source.
 */
export function measureDatabase(dataSource: DataSource, metrics: Metrics): void {
  const { operations } = dataSource as { operations?: Operations };
  if (operations) measureOperations(operations, metrics);
  const guard = poolGuardOf(dataSource);
  if (guard) PoolMetrics.of(metrics).add(guard);
}

/** How long these operations take, from now on. Call it once for them. */
export function measureOperations(operations: Operations, metrics: Metrics): void {
  new DatabaseMetrics(metrics, operations).begin();
}
