import type { HealthCheckerOptions } from '@eggybyte/observability';
import { Metrics } from '@eggybyte/observability';
import type { LauncherState } from '@eggybyte/lifecycle';
import { HealthRegistry, MonitoringServer, type MonitoringServerOptions } from '@eggybyte/monitoring';

/** A monitoring server on a free port, with what it tells of in the test's hands. */
export class Serving implements AsyncDisposable {
  readonly health = new HealthRegistry({ timeout: '200ms', interval: '20ms' });
  readonly metrics = new Metrics();
  state: LauncherState = 'ready';
  port = 0;
  server!: MonitoringServer;

  static async start(options: Partial<MonitoringServerOptions> = {}): Promise<Serving> {
    const serving = new Serving();
    const { health, metrics } = serving;
    serving.server = new MonitoringServer({
      health,
      metrics,
      state: () => serving.state,
      host: '127.0.0.1',
      port: 0,
      ...options,
    });
    serving.port = (await serving.server.listen()).port;
    return serving;
  }

  add(options: HealthCheckerOptions, check: (signal: AbortSignal) => Promise<void>): this {
    this.health.add(options, { check });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.health.stop();
    await this.server.close();
  }
}

export const works = async (): Promise<void> => undefined;
export const fails = (): Promise<never> => Promise.reject(new Error('connect to mysql://root:s3cr3t@db:3306 failed'));
