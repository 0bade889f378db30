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

/** A health check went on although its signal had aborted for the stop: `EGGY_MONITORING_CHECK_HANGS`. */
export class CheckHangsError extends EggyError {
  constructor(name: string, timeoutMs: number) {
    super('EGGY_MONITORING_CHECK_HANGS', {
      what: `Health check \`${name}\` did not end within ${timeoutMs} ms of its abort`,
      why: 'its check() does not honour its signal',
      fix: 'pass the signal on to what it waits for, such as fetch(url, { signal })',
    });
  }
}

/** The path of an admin endpoint cannot be served: `EGGY_MONITORING_ENDPOINT_PATH`. */
export class EndpointPathError extends EggyError {
  constructor(path: unknown) {
    super('EGGY_MONITORING_ENDPOINT_PATH', {
      what: `${JSON.stringify(String(path).slice(0, 80))} is not a path for an admin endpoint`,
      why: 'a path is a slash, a lower-case letter and at most 62 letters, digits and hyphens, and no path of a probe or of the metrics',
      fix: 'give it a path such as `/queues`',
    });
  }
}

/** Two admin endpoints of one application have the same path: `EGGY_MONITORING_ENDPOINT_TWICE`. */
export class EndpointTwiceError extends EggyError {
  constructor(path: string) {
    super('EGGY_MONITORING_ENDPOINT_TWICE', {
      what: `There are two admin endpoints at ${path}`,
      fix: 'give one of them another path, or list its class in one module only',
    });
  }
}

/** The port of probes and metrics is taken: `EGGY_MONITORING_PORT_IN_USE`. */
export class MonitoringPortInUseError extends EggyError {
  /** @param owner who has it, as `portOwner` of `@eggybyte/errors` tells; `undefined` when that is unknown. */
  constructor(host: string, port: number, owner: string | undefined, cause: unknown) {
    super('EGGY_MONITORING_PORT_IN_USE', {
      what: `Probes and metrics cannot be served on ${host}:${port}`,
      why: `port ${port} is in use${owner ? ` by ${owner}` : ', most likely by another service on this machine or by an earlier run of this one'}`,
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
