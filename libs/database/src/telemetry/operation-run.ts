import { requestContext, type Span } from '@eggybyte/observability';
import type { Operation, Operations } from './operations.js';

/** One statement on its way. It is made in the context of its caller, and ended in whatever one the driver calls back. */
export class OperationRun {
  readonly #context = requestContext();
  readonly #began = performance.now();

  constructor(
    private readonly operations: Operations,
    private readonly sql: string,
    private readonly span: Span | undefined,
  ) {}

  get durationMs(): number {
    return performance.now() - this.#began;
  }

  /** @param error what it failed with, `undefined` when it worked */
  end(error: unknown, rows?: number): void {
    const { sql, durationMs } = this;
    const operation: Operation = { sql, durationMs, error, rows, context: this.#context };
    if (this.span) this.operations.endSpan(this.span, operation);
    this.operations.ended(operation);
  }
}
