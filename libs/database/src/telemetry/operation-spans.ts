import { activeTrace, type Span, type SpanAttributes, type Tracer } from '@eggybyte/observability';
import { collectionName } from './collection-name.js';
import { errorType } from './error-type.js';
import { fingerprint } from './fingerprint.js';
import { operationName } from './operation-name.js';
import type { Operation, Operations } from './operations.js';

/**
 * Makes a span of each statement, by OpenTelemetry's conventions. What runs outside of a trace, such as health checks and
 * the migrator, makes none: it would be a trace of a single statement each time.
 */
export class OperationSpans {
  readonly #attributes: SpanAttributes;

  constructor(
    private readonly tracer: Tracer,
    private readonly operations: Operations,
  ) {
    const { system, dataSource, place } = operations;
    this.#attributes = { 'db.system.name': system, 'eggybyte.data_source': dataSource, ...place };
  }

  begin(sql: string): Span | undefined {
    if (!activeTrace()) return undefined;
    return this.tracer.startSpan(operationName(sql), { kind: 'client', attributes: this.#attributes });
  }

  /** The text of a statement is its fingerprint: no value is in a span. */
  end(span: Span, { sql, error, rows }: Operation): void {
    if (!span.isRecorded) return span.end();
    const operation = operationName(sql);
    const text = fingerprint(sql, this.operations.dialect);
    const table = collectionName(text);
    const code = error === undefined ? undefined : (errorType(error) ?? 'unknown');
    span.end({
      name: table === undefined ? operation : `${operation} ${table}`,
      attributes: {
        'db.operation.name': operation,
        'db.collection.name': table,
        'db.query.text': text,
        'db.response.returned_rows': operation === 'SELECT' ? rows : undefined,
        'db.response.status_code': code,
      },
      error: code,
    });
  }
}
