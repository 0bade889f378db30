import { ArgumentError } from '@eggybyte/errors';
import type { HealthIndicatorResult } from '@nestjs/terminus';

type Awaitable<T> = T | PromiseLike<T>;

/** A call of a terminus indicator. What it resolves to may be an attempt of `HealthIndicatorService`. */
export type TerminusIndicator = (signal: AbortSignal) => Awaitable<HealthIndicatorResult>;

/**
 * Makes the `check` of a health checker of a terminus indicator:
 * `readonly check = fromTerminus(() => this.memory.checkHeap('heap', 300e6))`. Only its status is kept, as its message
 * may carry a DSN: `up` and `degraded` (still serving) pass, anything else fails.
 *
 * @throws ArgumentError for a promise: it would tell the same for ever. Pass the function that makes it.
 */
export function fromTerminus(indicator: TerminusIndicator): (signal: AbortSignal) => Promise<void> {
  if (typeof indicator !== 'function') {
    throw new ArgumentError('indicator', 'a function that calls a terminus indicator', indicator);
  }
  return async (signal) => {
    const result: unknown = await indicator(signal);
    const entries = Object.values(Object(result) as Record<string, { status?: unknown } | undefined>);
    const passes =
      entries.length > 0 && entries.every((entry) => entry?.status === 'up' || entry?.status === 'degraded');
    if (!passes) throw new Error('the terminus indicator is down');
  };
}
