import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';

/** What a check gets that says nothing itself. */
export interface HealthRegistryOptions {
  /** Deadline of one run, a duration above 0. @default "1s" */
  timeout?: Duration;
  /** Pause between background runs, a duration above 0. @default "5s" */
  interval?: Duration;
}

export interface ResolvedHealthRegistryOptions {
  timeoutMs: number;
  intervalMs: number;
}

const defaults = { timeout: '1s', interval: '5s' } satisfies HealthRegistryOptions;

/** Above this, setTimeout fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws ArgumentError */
export function resolveHealthRegistryOptions(options: HealthRegistryOptions): ResolvedHealthRegistryOptions {
  return {
    timeoutMs: timerMs(options.timeout ?? defaults.timeout, 'timeout'),
    intervalMs: timerMs(options.interval ?? defaults.interval, 'interval'),
  };
}

/** A duration that a timer can wait for. @throws ArgumentError */
export function timerMs(duration: Duration, name: string): number {
  const ms = milliseconds(duration, name);
  if (ms === 0 || ms > LONGEST_TIMER_MS) throw new ArgumentError(name, 'a duration from 1ms to 24d', duration);
  return ms;
}
