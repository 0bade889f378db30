import type { EggyWorker } from '@eggybyte/core';
import type { LogRecord, RecordedLogs } from './recorded-logs.js';
import { type Answer, request } from './request.js';

/** A running worker in a test; it stops at the end of its `await using` block. */
export class BootedWorker<A extends EggyWorker = EggyWorker> implements AsyncDisposable {
  constructor(
    readonly application: A,
    private readonly recorded: RecordedLogs,
  ) {}

  /** Nest's application, for `app.get(...)`. */
  get app(): A['app'] {
    return this.application.app;
  }

  get monitoringUrl(): string {
    return this.application.monitoringUrl;
  }

  /** Every log record since the start, parsed. */
  get logs(): readonly LogRecord[] {
    return this.recorded.records;
  }

  /** Asks the monitoring server: `/readyz`, `/metrics`. */
  probe(path: string): Promise<Answer> {
    return request(this.monitoringUrl + path, 'GET', undefined, {});
  }

  /** Stops the application and resolves to its exit code. */
  stop(): Promise<number> {
    return this.application.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
