import type { RequestContext } from '@eggybyte/observability';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import type { SqlDialect } from './fingerprint.js';

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

  /** @param system as OpenTelemetry's conventions name it */
  constructor(
    readonly system: 'mysql' | 'mariadb' | 'tidb' | 'sqlite',
    /** Name of the data source. */
    readonly dataSource: string = DEFAULT_DATA_SOURCE,
  ) {}

  get dialect(): SqlDialect {
    return this.system === 'sqlite' ? 'sqlite' : 'mysql';
  }

  /** @param listener must not throw */
  listen(listener: OperationListener): void {
    this.#listeners.push(listener);
  }

  ended(operation: Operation): void {
    for (const listener of this.#listeners) listener(operation);
  }
}
