import { EggyError } from '@eggybyte/errors';

/** A health check's name is not of the form that paths, labels and log records can carry: `EGGY_MONITORING_CHECK_NAME`. */
export class CheckNameError extends EggyError {
  constructor(name: unknown) {
    super('EGGY_MONITORING_CHECK_NAME', {
      what: `${JSON.stringify(String(name).slice(0, 80))} is not a name for a health check`,
      why: 'a name has 1 to 63 lower-case letters, digits and hyphens and begins with a letter',
      fix: 'give it a name such as `search` or `orders-queue`',
    });
  }
}

/** Two health checks of one application have the same name: `EGGY_MONITORING_CHECK_TWICE`. */
export class CheckTwiceError extends EggyError {
  constructor(name: string) {
    super('EGGY_MONITORING_CHECK_TWICE', {
      what: `There are two health checks named \`${name}\``,
      fix: 'give one of them another name, or list its class in one module only',
    });
  }
}

/** The port of probes and metrics is taken: `EGGY_MONITORING_PORT_IN_USE`. */
export class MonitoringPortInUseError extends EggyError {
  constructor(host: string, port: number, cause: unknown) {
    super('EGGY_MONITORING_PORT_IN_USE', {
      what: `Probes and metrics cannot be served on ${host}:${port}`,
      why: `port ${port} is in use, most likely by another service on this machine, by an earlier run of this one, or by its own PORT`,
      fix: 'stop the other one, or set METRICS_PORT to a free port (0 takes any)',
      cause,
    });
  }
}

/** The address of probes and metrics cannot be bound for another reason: `EGGY_MONITORING_LISTEN`. */
export class MonitoringListenError extends EggyError {
  constructor(host: string, port: number, cause: unknown) {
    super('EGGY_MONITORING_LISTEN', {
      what: `Probes and metrics cannot be served on ${host}:${port}`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'set MONITORING_HOST to an address of this machine and METRICS_PORT to a port that this user may bind',
      cause,
    });
  }
}
