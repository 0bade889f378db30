import { describeFailure, EggyError } from '@eggybyte/errors';

/** The launcher was asked for a step its state does not allow: `EGGY_LIFECYCLE_TRANSITION`. */
export class WrongTransitionError extends EggyError {
  constructor(from: string, to: string) {
    super('EGGY_LIFECYCLE_TRANSITION', {
      what: `An application that is ${from} cannot become ${to}`,
      fix: 'start and stop each application once',
    });
  }
}

/** Of many things, these many are named in an error. */
const MOST_NAMED = 5;

/** What a step had to do in time. */
export type StepVerb = 'finish' | 'start' | 'stop' | 'close';

/** A step that had too little time. */
export interface LateStep {
  /** Names it: "Initializer `SearchIndex`". */
  step: string;
  /** What it had to do in time: "Service `Orders` did not *stop* within 5000 ms". @default "finish" */
  verb?: StepVerb;
  /** Milliseconds. */
  timeoutMs: number;
  /** What to do about it. */
  fix: string;
}

/** A step did not finish in time: `EGGY_LIFECYCLE_TIMEOUT`. The message names the step, and what it waited on if it told. */
export class StepTimeoutError extends EggyError {
  constructor({ step, verb = 'finish', timeoutMs, fix }: LateStep, waitedOn: readonly string[] = []) {
    const waiting = waitedOn.length > 0 ? ` (waiting on ${waitedOn.slice(0, MOST_NAMED).join(', ')})` : '';
    super('EGGY_LIFECYCLE_TIMEOUT', { what: `${step} did not ${verb} within ${timeoutMs} ms${waiting}`, fix });
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

/** `EggyLifecycleModule.forRoot()` was imported twice into one application: `EGGY_LIFECYCLE_TWICE`. */
export class LifecycleTwiceError extends EggyError {
  constructor() {
    super('EGGY_LIFECYCLE_TWICE', {
      what: 'EggyLifecycleModule.forRoot() is imported twice',
      why: 'each would start every service once',
      fix: 'import it once, in the root module; EggyCoreModule brings it along',
    });
  }
}

/** An initializer's `init` or `close` rejected: `EGGY_LIFECYCLE_INITIALIZER`. */
export class InitializerFailedError extends EggyError {
  constructor(name: string, cause: unknown, what: 'failed' | 'failed to close' = 'failed') {
    const { why, fix = `see the cause, in \`${name}\`` } = explain(cause);
    super('EGGY_LIFECYCLE_INITIALIZER', { what: `Initializer \`${name}\` ${what}`, why, fix, cause });
  }
}

/** A service failed to start or to stop, or its `run` rejected: `EGGY_LIFECYCLE_SERVICE`. */
export class ServiceFailedError extends EggyError {
  constructor(name: string, what: 'failed to start' | 'failed to stop' | 'crashed', cause: unknown) {
    const { why, fix = `see the cause, in \`${name}\`` } = explain(cause);
    super('EGGY_LIFECYCLE_SERVICE', { what: `Service \`${name}\` ${what}`, why, fix, cause });
  }
}

/** A stop hook of Nest, such as `onModuleDestroy`, rejected: `EGGY_LIFECYCLE_HOOK`. */
export class HookFailedError extends EggyError {
  constructor(hook: string, cause: unknown) {
    const { why, fix = `see the cause, in \`${hook}\`` } = explain(cause);
    super('EGGY_LIFECYCLE_HOOK', { what: `\`${hook}\` failed`, why, fix, cause });
  }
}

/** A cause that knows what to do about itself is told in its own words, so that one message has one "Fix". */
function explain(cause: unknown): { why: string; fix: string | undefined } {
  const { description, action } = describeFailure(cause);
  return { why: description, fix: action };
}

/** Requests were still running at the end of the drain and were cut: `EGGY_LIFECYCLE_REQUESTS_CUT`. */
export class RequestsCutError extends EggyError {
  constructor(requests: readonly string[], waitedMs: number) {
    const { length } = requests;
    const more = length > MOST_NAMED ? ` and ${length - MOST_NAMED} more` : '';
    super('EGGY_LIFECYCLE_REQUESTS_CUT', {
      what: `${length} request(s) were cut after ${waitedMs} ms of draining`,
      why: requests.slice(0, MOST_NAMED).join(', ') + more,
      fix: 'raise SHUTDOWN_TIMEOUT, or make the requests shorter',
    });
  }
}
