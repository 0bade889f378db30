import type { HealthRegistryOptions } from './health/health.options.js';
import type { HealthRegistry } from './health/health-registry.js';
import type { MonitoringServer } from './server/monitoring-server.js';
import type { MonitoringServerOptions } from './server/monitoring-server.options.js';
import type { Metrics } from '@eggybyte/observability';

type ServerPart = Omit<MonitoringServerOptions, 'health' | 'metrics' | 'state' | 'port'>;

/** Options of {@link EggyMonitoringModule}: the server's, the checks' defaults, and what exists already. */
export interface MonitoringOptions extends ServerPart, HealthRegistryOptions {
  /** A registry made before the container. The module starts it; whoever made it stops it. @default a new one */
  health?: HealthRegistry | undefined;
  /** Metrics made before the container. @default new ones */
  metrics?: Metrics | undefined;
  /** A server made before the container: the admin endpoints are added to it. Whoever made it closes it. @default none */
  server?: MonitoringServer | undefined;
  /** Port on which the module itself serves probes and metrics; 0 takes any free one. @default none: it serves nothing */
  port?: number | undefined;
  /** Where the application stands. @default told by Nest's hooks: ready from onApplicationBootstrap on */
  state?: MonitoringServerOptions['state'] | undefined;
}
