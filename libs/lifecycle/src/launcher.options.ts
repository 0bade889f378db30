import { type Duration, milliseconds } from '@eggybyte/errors';

export interface LauncherOptions {
  /** Deadline of each initializer that names none. @default "60s" */
  initTimeout?: Duration;
  /** Deadline of each service's stop that names none. @default "5s" */
  stopTimeout?: Duration;
  /** Budget of the whole stop; every step of it gets its own default or what is left, whichever is less. @default "29s" */
  shutdownTimeout?: Duration;
  /**
   * How long the service goes on serving after it became unready, so that balancers can notice. Counts within
   * `shutdownTimeout`; skipped when the application was never ready. @default 0
   */
  drainDelay?: Duration;
}

export interface ResolvedLauncherOptions {
  initTimeoutMs: number;
  stopTimeoutMs: number;
  shutdownTimeoutMs: number;
  drainDelayMs: number;
}

const defaults = {
  initTimeout: '60s',
  stopTimeout: '5s',
  shutdownTimeout: '29s',
  drainDelay: 0,
} satisfies LauncherOptions;

export function resolveLauncherOptions(options: LauncherOptions): ResolvedLauncherOptions {
  const all = { ...defaults, ...options };
  return {
    initTimeoutMs: milliseconds(all.initTimeout, 'initTimeout'),
    stopTimeoutMs: milliseconds(all.stopTimeout, 'stopTimeout'),
    shutdownTimeoutMs: milliseconds(all.shutdownTimeout, 'shutdownTimeout'),
    drainDelayMs: milliseconds(all.drainDelay, 'drainDelay'),
  };
}
