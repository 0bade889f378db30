import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import { metricCatalogue } from '@eggybyte/observability';

/** What a service promises to those who call it. */
export interface ServiceGoals {
  /** Share of requests that are answered without a 5xx, from 0.95 to below 1. @default 0.999 */
  availability?: number;
  /** How long the slowest of a hundred requests may take, up to the last bucket of the histogram: 10 s. @default "1s" */
  latency?: Duration;
}

export interface ResolvedServiceGoals {
  availability: number;
  /** Share of requests that may fail. */
  errorBudget: number;
  latencySeconds: number;
}

const LOWEST_AVAILABILITY = 0.95;
const LONGEST_SECONDS = Math.max(...metricCatalogue.http_server_request_duration_seconds.buckets);

const defaults = { availability: 0.999, latency: '1s' } satisfies ServiceGoals;

/** @throws ArgumentError for a goal that no alert could tell of. */
export function resolveGoals(goals: ServiceGoals = {}): ResolvedServiceGoals {
  const { availability, latency } = { ...defaults, ...goals };
  if (!(availability >= LOWEST_AVAILABILITY && availability < 1)) {
    throw new ArgumentError('availability', `a share from ${LOWEST_AVAILABILITY} to below 1`, availability);
  }
  const latencySeconds = milliseconds(latency, 'latency') / 1000;
  if (latencySeconds === 0 || latencySeconds > LONGEST_SECONDS) {
    throw new ArgumentError('latency', `a duration above 0 and up to ${LONGEST_SECONDS}s`, latency);
  }
  return { availability, errorBudget: exact(1 - availability), latencySeconds };
}

/** Without the digits that binary fractions add. */
export function exact(value: number): number {
  return Number(value.toPrecision(10));
}
