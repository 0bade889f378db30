import { ArgumentError, type Duration } from '@eggybyte/errors';
import type { LauncherEvents, LauncherState } from '@eggybyte/lifecycle';
import type { Metrics } from '@eggybyte/observability';
import type { BuildFacts } from '../info/info-endpoint.js';
import type { HealthRegistry } from '../health/health-registry.js';
import { timerMs } from '../health/health.options.js';

export interface MonitoringServerOptions {
  /** The checks that `/readyz` and `/healthz` tell of. Whoever made the registry starts and stops it. */
  health: HealthRegistry;
  /** What `/metrics` tells, together with prom-client's global register. */
  metrics: Metrics;
  /** Where the application stands; asked at each probe. */
  state: () => LauncherState;
  /** Told as `eggy_startup_phase_seconds`. @default none: no such metric */
  events?: Pick<LauncherEvents, 'onEvent'> | undefined;
  /** Address to bind. The kubelet calls the pod's address, so a loopback address hides the probes from it. @default "0.0.0.0" */
  host?: string | undefined;
  /** Port to bind; 0 takes any free one. @default 9090 */
  port?: number | undefined;
  /** Name of the service, a label of `eggy_app_info`. @default "unknown" */
  service?: string | undefined;
  /** Version of the service, a label of `eggy_app_info`. @default "unknown" */
  version?: string | undefined;
  /** What was built, for `/info`. @default nothing is told of it */
  build?: BuildFacts | undefined;
  /** Environment, a label of `eggy_app_info`. @default "unknown" */
  environment?: string | undefined;
  /** How long the event loop may be blocked until the application counts as broken, a duration above 0. @default "10s" */
  stallLimit?: Duration | undefined;
  /** Connections at a time, 256 or more; further ones are closed at once, and a probe may be among them. @default 1024 */
  maxConnections?: number | undefined;
  /** The token of the admin endpoints, asked for at each request. Without one nobody gets in by a token. @default none */
  adminToken?: (() => string | undefined) | undefined;
  /** Whether the admin endpoints ask for no token at this very machine; for development and tests only. @default false */
  relaxed?: boolean | undefined;
}

export interface ResolvedServerOptions {
  host: string;
  port: number;
  service: string;
  version: string;
  environment: string;
  stallLimitMs: number;
  maxConnections: number;
  adminToken: () => string | undefined;
  relaxed: boolean;
}

const defaults = {
  host: '0.0.0.0',
  port: 9090,
  service: 'unknown',
  version: 'unknown',
  environment: 'unknown',
  // The default liveness probe of Kubernetes asks every 10 s and gives up after the third failure in a row.
  stallLimit: '10s',
  maxConnections: 1024,
  adminToken: () => undefined,
  relaxed: false,
} satisfies Partial<MonitoringServerOptions>;

/** @throws ArgumentError */
export function resolveServerOptions(options: MonitoringServerOptions): ResolvedServerOptions {
  const { port = defaults.port, maxConnections = defaults.maxConnections } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ArgumentError('port', 'an integer from 0 to 65535', port);
  }
  if (!Number.isInteger(maxConnections) || maxConnections < 256) {
    throw new ArgumentError('maxConnections', 'an integer of 256 or more', maxConnections);
  }
  return {
    host: options.host ?? defaults.host,
    port,
    service: options.service ?? defaults.service,
    version: options.version ?? defaults.version,
    environment: options.environment ?? defaults.environment,
    stallLimitMs: timerMs(options.stallLimit ?? defaults.stallLimit, 'stallLimit'),
    maxConnections,
    adminToken: options.adminToken ?? defaults.adminToken,
    relaxed: options.relaxed ?? defaults.relaxed,
  };
}
