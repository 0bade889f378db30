import { metricCatalogue } from '@eggybyte/observability';
import type { MetricReader } from './metric-reader.js';
import { type Counts, quantile } from './quantile.js';

const NAME = 'http_server_request_duration_seconds';
const BOUNDS: readonly number[] = metricCatalogue[NAME].buckets;

/** Requests of one route by one method, of every status, since the start. */
export interface RouteTotal {
  method: string;
  route: string;
  requests: number;
  /** Answers of 500 and above. */
  errors: number;
  /** Requests by bucket of their duration. */
  counts: Counts;
}

/** By method and route. */
export type RouteTotals = ReadonlyMap<string, RouteTotal>;

export const NO_ROUTES: RouteTotals = new Map();

export function readRoutes(reader: MetricReader): RouteTotals {
  const totals = new Map<string, RouteTotal>();
  for (const { labels, count, bucketValues } of reader.histogram(NAME)?.rows() ?? []) {
    const method = String(labels['http_request_method']);
    const route = String(labels['http_route']);
    const key = `${method} ${route}`;
    let total = totals.get(key);
    if (!total) totals.set(key, (total = { method, route, ...nothing() }));
    total.requests += count;
    if (Number(labels['http_response_status_code']) >= 500) total.errors += count;
    let counted = 0;
    for (const [at, bound] of BOUNDS.entries()) {
      const inBucket = bucketValues[bound] ?? 0;
      total.counts[at] = (total.counts[at] ?? 0) + inBucket;
      counted += inBucket;
    }
    total.counts[BOUNDS.length] = (total.counts[BOUNDS.length] ?? 0) + count - counted;
  }
  return totals;
}

/** What came on top of `before`, route by route; those where nothing did are left out. */
export function since(before: RouteTotals, now: RouteTotals): RouteTotal[] {
  return [...now].flatMap(([key, total]): RouteTotal[] => {
    const was = before.get(key);
    // A metric that was reset begins anew.
    if (!was || was.requests > total.requests) return total.requests > 0 ? [total] : [];
    if (was.requests === total.requests) return [];
    const { method, route } = total;
    const counts = total.counts.map((count, at) => count - (was.counts[at] ?? 0));
    return [{ method, route, requests: total.requests - was.requests, errors: total.errors - was.errors, counts }];
  });
}

/** All routes as one. */
export function together(routes: readonly RouteTotal[]): Omit<RouteTotal, 'method' | 'route'> {
  const all = nothing();
  for (const { requests, errors, counts } of routes) {
    all.requests += requests;
    all.errors += errors;
    for (const [at, count] of counts.entries()) all.counts[at] = (all.counts[at] ?? 0) + count;
  }
  return all;
}

/** In milliseconds; null without a request. */
export function latency(counts: Counts, q: number): number | null {
  const seconds = quantile(BOUNDS, counts, q);
  return seconds === undefined ? null : Math.round(seconds * 1e5) / 100;
}

function nothing(): { requests: number; errors: number; counts: number[] } {
  return { requests: 0, errors: 0, counts: Array.from({ length: BOUNDS.length + 1 }, () => 0) };
}
