import type { RequestContext, Span, SpanAttributes, Tracer } from '@eggybyte/observability';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { type DatabaseSystem, dialectOf } from './database-system.js';
import type { SqlDialect } from './fingerprint.js';
import { OperationRun } from './operation-run.js';
import { OperationSpans } from './operation-spans.js';

/** One statement that was sent to the database, after its end. */
export interface Operation {
  /** As it was written, with its literals: never log it, see fingerprint(). */
  sql: string;
  durationMs: number;
  /** What it failed with; `undefined` when it worked. */
  error: unknown;
  /** Rows that it found or changed, where that is known. */
  rows: number | undefined;
  /** That of the caller: drivers call back in a context of no request, or of another one. */
  context: RequestContext | undefined;
}

export type OperationListener = (operation: Operation) => void;

/** The statements of one data source, told to whoever listens. */
export class Operations {
  readonly #listeners: OperationListener[] = [];
  #spans: OperationSpans | undefined;

  /** @param system as OpenTelemetry's conventions name it */
  constructor(
    readonly system: DatabaseSystem,
    /** Name of the data source. */
    readonly dataSource: string = DEFAULT_DATA_SOURCE,
    /** Where it is, as attributes of spans. */
    readonly place: SpanAttributes = {},
  ) {}

  get dialect(): SqlDialect {
    return dialectOf(this.system);
  }

  /** @param listener must not throw */
  listen(listener: OperationListener): void {
    this.#listeners.push(listener);
  }

  /** Makes a span of each statement from now on. */
  trace(tracer: Tracer): void {
    this.#spans = new OperationSpans(tracer, this);
  }

  /** A statement is about to be sent. */
  begin(sql: string): OperationRun {
    return new OperationRun(this, sql, this.#spans?.begin(sql));
  }

  endSpan(span: Span, operation: Operation): void {
    this.#spans?.end(span, operation);
  }

  ended(operation: Operation): void {
    for (const listener of this.#listeners) listener(operation);
  }
}
