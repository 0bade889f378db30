import { Agent } from 'node:http';
import type { Abstract, Type } from '@nestjs/common';
import { type EggyWorker, Launcher, Metrics } from '@eggybyte/core';
import { ArgumentError } from '@eggybyte/errors';
import { HealthRegistry } from '@eggybyte/monitoring';
import { ControlledCheck } from './controlled-check.js';
import { type MetricLabels, metricValue } from './metric-value.js';
import type { LogPattern, LogRecord, RecordedLogs } from './recorded-logs.js';
import { type Answer, request } from './request.js';

/** How long a log record is waited for. */
const LOG_MS = 5000;

/** A running worker in a test; it stops at the end of its `await using` block. */
export class BootedWorker<A extends EggyWorker = EggyWorker> implements AsyncDisposable {
  /** Kept alive as clients do, so that a drain shows in `Connection: close`. */
  protected readonly agent: Agent = new Agent({ keepAlive: true });
  #letGo: (() => void) | undefined;
  #stopped: Promise<number> | undefined;

  constructor(
    readonly application: A,
    private readonly recorded: RecordedLogs,
  ) {}

  /** Nest's application. */
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

  /** A provider of any module. @throws Nest's UnknownElementException */
  get<T>(token: Type<T> | Abstract<T> | string | symbol): T {
    return this.app.get<T>(token, { strict: false });
  }

  /** Asks the monitoring server: `/readyz`, `/metrics`. */
  probe(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return request(this.agent, this.monitoringUrl + path, 'GET', undefined, headers);
  }

  /**
   * The first log record, past or to come, that matches: `'ready'`, `{ level: 'warn' }`, `({ msg }) => ...`.
   *
   * @param timeoutMs how long to wait, in milliseconds. @default 5000
   * @throws LogMissingError
   */
  waitForLog(pattern: LogPattern, timeoutMs: number = LOG_MS): Promise<LogRecord> {
    return this.recorded.waitFor(pattern, timeoutMs);
  }

  /**
   * The value of a counter or gauge, or how many a histogram has observed; undefined when there is no such series yet.
   * Labels that are not given may have any value: counts of several series are summed up.
   *
   * @throws SeveralSeriesError when several series of a gauge match
   */
  metric(name: string, labels: MetricLabels = {}): Promise<number | undefined> {
    return metricValue(this.get(Metrics).registry, name, labels);
  }

  /** Takes a health check in hand: `await app.health('database').fail()`. @throws ArgumentError for an unknown name */
  health(name: string): ControlledCheck {
    const health = this.get(HealthRegistry);
    const names = health.checks.map((check) => check.name);
    if (!names.includes(name)) throw new ArgumentError('name', `a health check, one of ${names.join(', ')}`, name);
    return new ControlledCheck(health, name);
  }

  /**
   * Begins the stop as SIGTERM does and holds it where the service still serves: `/readyz` fails, services are told,
   * and every answer has `Connection: close`. {@link stop} goes on from there.
   */
  async drain(): Promise<void> {
    if (this.#letGo || this.#stopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    const launcher = this.get(Launcher);
    launcher.holdServers(promise);
    void launcher.drain('the test drains it');
  }

  /** Stops the application and resolves to its exit code. */
  stop(): Promise<number> {
    return (this.#stopped ??= this.#stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<number> {
    this.#letGo?.();
    try {
      return await this.application.stop();
    } finally {
      this.agent.destroy();
      this.recorded.conclude();
    }
  }
}
