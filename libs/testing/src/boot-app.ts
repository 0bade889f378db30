import type { Type } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { bootstrap, type EggyApplication } from '@eggybyte/core';
import { RecordedLogs, type LogRecord } from './recorded-logs.js';
import { type Answer, request } from './request.js';

export interface BootAppOptions {
  /**
   * Variables of the service. The process's own are not read, so a test says all it needs.
   * @default ENVIRONMENT=test, free ports, `sqlite::memory:`, the memory cache
   */
  env?: Readonly<Record<string, string>>;
  /** Replaces providers, as in `Test.createTestingModule(...)`: `(b) => b.overrideProvider(Mailer).useValue(mailer)`. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** @default HTTP_ADAPTER, "fastify" */
  adapter?: 'fastify' | 'express';
}

const defaults = {
  ENVIRONMENT: 'test',
  SERVICE_NAME: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  MONITORING_HOST: '127.0.0.1',
  METRICS_PORT: '0',
  DATABASE_DSN: 'sqlite::memory:',
};

/** A running application in a test; it stops at the end of its `await using` block. */
export class BootedApp implements AsyncDisposable {
  constructor(
    readonly application: EggyApplication,
    private readonly recorded: RecordedLogs,
  ) {}

  /** Nest's application, for `app.get(...)`. */
  get app(): EggyApplication['app'] {
    return this.application.app;
  }

  get url(): string {
    return this.application.url;
  }

  get monitoringUrl(): string {
    return this.application.monitoringUrl;
  }

  /** Every log record since the start, parsed. */
  get logs(): readonly LogRecord[] {
    return this.recorded.records;
  }

  /** Sends a request to the service: a body that is not a string goes as JSON; a JSON answer comes back parsed. */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return request(this.url + path, method, body, headers);
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

/**
 * Boots a root module as bootstrap() does, in this process: free ports, a database in memory, no signal handlers.
 * A failed start throws and has released everything.
 */
export async function bootApp(root: Type, { env, override, adapter }: BootAppOptions = {}): Promise<BootedApp> {
  const recorded = new RecordedLogs();
  const application = await bootstrap(root, {
    ownProcess: false,
    env: { ...defaults, ...env },
    logTo: recorded,
    ...(adapter && { adapter }),
    createNest: async (module, http, { logger, ...options }) => {
      const builder = Test.createTestingModule({ imports: [module] });
      if (typeof logger === 'object') builder.setLogger(logger as Parameters<typeof builder.setLogger>[0]);
      const compiled = await (override?.(builder) ?? builder).compile();
      return compiled.createNestApplication(http, { ...options, ...(logger !== undefined && { logger }) });
    },
  });
  return new BootedApp(application, recorded);
}
