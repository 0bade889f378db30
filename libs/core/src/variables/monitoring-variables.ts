import { type ConfigShape, duration, int, port, reloadable, secret, text } from '@eggybyte/config';

/** Probes, metrics and admin endpoints. */
export const monitoringVariables = {
  METRICS_PORT: port({ default: 9090, description: 'Port of probes and metrics; 0 takes any free port.' }),
  MONITORING_HOST: text({ default: '0.0.0.0', description: 'Address the monitoring server binds.' }),
  METRICS_MAX_SERIES: int({
    default: 2000,
    min: 1,
    max: 100_000,
    description: 'Series that one metric may have; further ones are counted as `overflow`.',
  }),
  HEALTH_CHECK_INTERVAL: duration({
    default: '5s',
    min: '100ms',
    description: 'Pause between runs of a check that names none.',
  }),
  HEALTH_CHECK_TIMEOUT: duration({ default: '1s', min: '10ms', description: 'Deadline of a check that names none.' }),
  ADMIN_TOKEN: reloadable(
    secret({
      optional: true,
      min: 16,
      description: 'Token of the admin paths; without one they answer in development and test only, and only locally.',
    }),
  ),
} satisfies ConfigShape;
