import type { Type } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { bootstrap, type BootstrapOptions, dsnVariables, type EggyApplication } from '@eggybyte/core';
import { BootedWorker } from './booted-worker.js';
import { RecordedLogs } from './recorded-logs.js';
import { type Answer, request } from './request.js';

export interface BootAppOptions {
  /**
   * Variables of the service. The process's own are not read, so a test says all it needs.
   * @default ENVIRONMENT=test, free ports, `sqlite::memory:` for each data source, the memory cache
   */
  env?: Readonly<Record<string, string>>;
  /** Replaces providers, as in `Test.createTestingModule(...)`: `(b) => b.overrideProvider(Mailer).useValue(mailer)`. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** @default HTTP_ADAPTER, "fastify" */
  adapter?: 'fastify' | 'express';
  /** `false` is for a worker, see {@link BootWorkerOptions}. @default true */
  http?: true;
}

/** Options of bootApp() for the root module of a worker. */
export interface BootWorkerOptions extends Omit<BootAppOptions, 'adapter' | 'http'> {
  /** No HTTP server, as in bootstrap(). */
  http: false;
}

const defaults = {
  ENVIRONMENT: 'test',
  SERVICE_NAME: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  MONITORING_HOST: '127.0.0.1',
  METRICS_PORT: '0',
};

/** A running application in a test; it stops at the end of its `await using` block. */
export class BootedApp extends BootedWorker<EggyApplication> {
  get url(): string {
    return this.application.url;
  }

  /**
   * Sends a request to the service: a body that is neither text nor bytes goes as JSON; a JSON answer comes back
   * parsed. A redirect is not followed.
   */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return request(this.agent, this.url + path, method, body, headers);
  }
}

/**
 * Boots a root module as bootstrap() does, in this process: free ports, a database in memory, no signal handlers.
 * A failed start throws and has released everything.
 */
export function bootApp(root: Type, options?: BootAppOptions): Promise<BootedApp>;
/** Boots a worker in the same way. */
export function bootApp(root: Type, options: BootWorkerOptions): Promise<BootedWorker>;
export async function bootApp(
  root: Type,
  options: BootAppOptions | BootWorkerOptions = {},
): Promise<BootedApp | BootedWorker> {
  const recorded = new RecordedLogs();
  const common = {
    ownProcess: false,
    env: { ...defaults, ...databases(), ...options.env },
    logTo: recorded,
    createNest: testedNest(options.override),
  };
  if (options.http === false) return new BootedWorker(await bootstrap(root, { ...common, http: false }), recorded);
  const { adapter } = options;
  return new BootedApp(await bootstrap(root, { ...common, ...(adapter && { adapter }) }), recorded);
}

/** Each data source has one of its own in memory. */
function databases(): Record<string, string> {
  return Object.fromEntries(dsnVariables().map((name) => [name, 'sqlite::memory:']));
}

/** Makes the application of a testing module, as only there providers can be replaced. */
function testedNest(override: BootAppOptions['override']): NonNullable<BootstrapOptions['createNest']> {
  return async (module, http, { logger, ...options }) => {
    const builder = Test.createTestingModule({ imports: [module] });
    if (typeof logger === 'object') builder.setLogger(logger as Parameters<typeof builder.setLogger>[0]);
    const compiled = await (override?.(builder) ?? builder).compile();
    return compiled.createNestApplication(http, { ...options, ...(logger !== undefined && { logger }) });
  };
}
