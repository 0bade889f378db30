import { EggyError } from '@eggybyte/errors';

/** The launcher was asked for a step its state does not allow: `EGGY_LIFECYCLE_TRANSITION`. */
export class WrongTransitionError extends EggyError {
  constructor(from: string, to: string) {
    super('EGGY_LIFECYCLE_TRANSITION', {
      what: `An application that is ${from} cannot become ${to}`,
      fix: 'start and stop each application once',
    });
  }
}

/** A step did not finish in time: `EGGY_LIFECYCLE_TIMEOUT`. The message names the step. */
export class StepTimeoutError extends EggyError {
  constructor(step: string, timeoutMs: number, fix: string) {
    super('EGGY_LIFECYCLE_TIMEOUT', { what: `${step} did not finish within ${timeoutMs} ms`, fix });
  }
}

/** The start was interrupted by a signal or by `stop()`: `EGGY_LIFECYCLE_INTERRUPTED`. Not a failure. */
export class StartInterruptedError extends EggyError {
  constructor(reason: string) {
    super('EGGY_LIFECYCLE_INTERRUPTED', {
      what: 'The start was interrupted',
      why: reason,
      fix: 'nothing, if the stop was wanted; else find out who sent the signal',
    });
  }
}

/** An initializer or service was added after its phase had begun: `EGGY_LIFECYCLE_LATE`. */
export class TooLateError extends EggyError {
  constructor(what: string) {
    super('EGGY_LIFECYCLE_LATE', {
      what: `${what} was added after its phase had begun`,
      fix: 'add it in the `configure` option of bootstrap(), or as a decorated provider',
    });
  }
}

/** A decorated provider is request-scoped or transient: `EGGY_LIFECYCLE_SCOPE`. */
export class ProviderScopeError extends EggyError {
  constructor(name: string) {
    super('EGGY_LIFECYCLE_SCOPE', {
      what: `Provider \`${name}\` is request-scoped or transient, so there is no one instance to start`,
      fix: 'make it a singleton: it may not inject a request-scoped provider',
    });
  }
}

/** An initializer's `init` rejected: `EGGY_LIFECYCLE_INITIALIZER`. */
export class InitializerFailedError extends EggyError {
  constructor(name: string, cause: unknown) {
    super('EGGY_LIFECYCLE_INITIALIZER', {
      what: `Initializer \`${name}\` failed`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: `see the cause; the service does not start without \`${name}\``,
      cause,
    });
  }
}

/** A service failed to start or to stop, or its `run` rejected: `EGGY_LIFECYCLE_SERVICE`. */
export class ServiceFailedError extends EggyError {
  constructor(name: string, what: 'failed to start' | 'failed to stop' | 'crashed', cause: unknown) {
    super('EGGY_LIFECYCLE_SERVICE', {
      what: `Service \`${name}\` ${what}`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: `see the cause, in \`${name}\``,
      cause,
    });
  }
}

/** Requests were still running at the end of the drain and were cut: `EGGY_LIFECYCLE_REQUESTS_CUT`. */
export class RequestsCutError extends EggyError {
  constructor(count: number, waitedMs: number) {
    super('EGGY_LIFECYCLE_REQUESTS_CUT', {
      what: `${count} request(s) were cut after ${waitedMs} ms of draining`,
      fix: 'raise SHUTDOWN_TIMEOUT, or make the requests shorter',
    });
  }
}
