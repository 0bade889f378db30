import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';

export interface LauncherOptions {
  /** Deadline of each initializer that names none. @default "60s" */
  initTimeout?: Duration;
  /** Deadline of the start of each service that names none. @default "60s" */
  startTimeout?: Duration;
  /** Deadline of each service's stop that names none. @default "5s" */
  stopTimeout?: Duration;
  /**
   * Budget of the whole stop. A step may take what the later ones do not need: by default 15 s remain for requests, 5 s
   * for services, 2 s for initializers; with less, each step is cut in this proportion. @default "29s"
   */
  shutdownTimeout?: Duration;
  /**
   * How long the service goes on serving after it became unready, so that balancers can notice. Counts within
   * `shutdownTimeout` and must be shorter; skipped when the application is not ready at that moment. @default 0
   */
  drainDelay?: Duration;
  /**
   * Runs what each added initializer does, such as in a context of its own. Services are not run by it: what they start
   * goes on long after. @default as it is
   */
  around?: Around;
}

export type Around = <T>(initializer: string, work: () => T) => T;

export interface ResolvedLauncherOptions {
  initTimeoutMs: number;
  startTimeoutMs: number;
  stopTimeoutMs: number;
  shutdownTimeoutMs: number;
  drainDelayMs: number;
  around: Around;
}

const defaults = {
  initTimeout: '60s',
  startTimeout: '60s',
  stopTimeout: '5s',
  shutdownTimeout: '29s',
  drainDelay: 0,
  around: (_initializer, work) => work(),
} satisfies LauncherOptions;

/** @throws ArgumentError for a value that is no duration, and for a drain delay that does not fit the shutdown. */
export function resolveLauncherOptions(options: LauncherOptions): ResolvedLauncherOptions {
  const all = { ...defaults, ...options };
  const resolved = {
    around: all.around,
    initTimeoutMs: milliseconds(all.initTimeout, 'initTimeout'),
    startTimeoutMs: milliseconds(all.startTimeout, 'startTimeout'),
    stopTimeoutMs: milliseconds(all.stopTimeout, 'stopTimeout'),
    shutdownTimeoutMs: milliseconds(all.shutdownTimeout, 'shutdownTimeout'),
    drainDelayMs: milliseconds(all.drainDelay, 'drainDelay'),
  };
  if (resolved.drainDelayMs > 0 && resolved.drainDelayMs >= resolved.shutdownTimeoutMs) {
    throw new ArgumentError(
      'drainDelay',
      `a duration below the shutdown timeout (${all.shutdownTimeout})`,
      all.drainDelay,
    );
  }
  return resolved;
}
