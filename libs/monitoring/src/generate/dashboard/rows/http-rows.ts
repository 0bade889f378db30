import { fold, or, ratio } from '../../promql/operations.js';
import { not } from '../../promql/sources.js';
import type { ResolvedServiceGoals } from '../../service-goals.js';
import { by, named, type RowSpec } from '../panel.js';
import { FAILED, growthBy, quantileBy, rateBy, shown } from '../shown.js';

const SERVER = 'http_server_request_duration_seconds';
const CLIENT = 'http_client_request_duration_seconds';

/** What the service answers. */
export function httpRow({ errorBudget, latencySeconds }: ResolvedServiceGoals): RowSpec {
  const failed = rateBy(shown.count(SERVER, { http_response_status_code: FAILED }), 'http_route');
  return {
    title: 'HTTP by route',
    panels: [
      {
        kind: 'lines',
        title: 'Requests by route',
        description:
          'Answered requests a second. What no route was found for is `unmatched`: much of it is a wrong address somewhere, or somebody who tries doors.',
        unit: 'reqps',
        width: 12,
        queries: [
          by(rateBy(shown.count(SERVER), 'http_request_method', 'http_route'), 'http_request_method', 'http_route'),
        ],
      },
      {
        kind: 'lines',
        title: 'Errors by route',
        description:
          'Share of the requests of a route that were answered with a 5xx; routes without any are left out. One route: look at its last change. All: look at what they share, the database first.',
        unit: 'percentunit',
        width: 12,
        empty: 'no 5xx',
        thresholds: ['green', [errorBudget, 'red']],
        queries: [by(ratio(failed, rateBy(shown.count(SERVER), 'http_route')), 'http_route')],
      },
      {
        kind: 'lines',
        title: 'Latency',
        description:
          'Time from the head of a request to the end of its answer, streams included. If p50 rises as well everything is slow: look at the event loop. If only p99 does, some requests are: look at their routes.',
        unit: 's',
        width: 8,
        thresholds: ['green', [latencySeconds, 'red']],
        queries: [0.99, 0.95, 0.5].map((share) => named(`p${share * 100}`, quantileBy(share, shown.buckets(SERVER)))),
      },
      {
        kind: 'lines',
        title: 'Latency p99 by route',
        description: 'Which routes are slow. Search the log for their `request` records with a high `duration_ms`.',
        unit: 's',
        width: 8,
        thresholds: ['green', [latencySeconds, 'red']],
        queries: [by(quantileBy(0.99, shown.buckets(SERVER), 'http_route'), 'http_route')],
      },
      {
        kind: 'heatmap',
        title: 'Latency, all requests',
        description:
          'How many requests took how long. A second band above the first one is a group of requests with a reason of its own, such as a timeout.',
        unit: 's',
        width: 8,
        queries: [by(growthBy(shown.buckets(SERVER), 'le'), 'le')],
      },
      {
        kind: 'bars',
        title: 'Requests by status',
        description:
          '5xx are faults of the service or of what it needs, 4xx of its callers, 499 are callers who left before the answer: they do so when it is slow.',
        unit: 'reqps',
        width: 12,
        queries: [by(rateBy(shown.count(SERVER), 'http_response_status_code'), 'http_response_status_code')],
      },
      {
        kind: 'lines',
        title: 'In flight',
        description:
          'Requests that are being answered. A number that only rises means that something is waited for without a deadline; one instance alone means that it hangs.',
        unit: 'none',
        width: 12,
        queries: [by(fold('max', shown.plain('http_server_active_requests'), ['instance']), 'instance')],
      },
    ],
  };
}

const failedCalls = or(
  rateBy(shown.count(CLIENT, { error_type: not('') }), 'server_address', 'http_response_status_code', 'error_type'),
  rateBy(
    shown.count(CLIENT, { http_response_status_code: FAILED }),
    'server_address',
    'http_response_status_code',
    'error_type',
  ),
);

/** What the service asks others. */
export const outgoingRow: RowSpec = {
  title: 'Outgoing HTTP',
  panels: [
    {
      kind: 'lines',
      title: 'Outgoing requests',
      description:
        'Requests a second to other services, by their host. More than there are requests to answer: look for repetitions.',
      unit: 'reqps',
      width: 8,
      empty: 'none',
      queries: [by(rateBy(shown.count(CLIENT), 'server_address'), 'server_address')],
    },
    {
      kind: 'lines',
      title: 'Outgoing failures',
      description:
        'Requests a second without an answer, or with a 5xx, by host and reason. It is that service which is in trouble, or the way to it.',
      unit: 'reqps',
      width: 8,
      empty: 'none',
      queries: [by(failedCalls, 'server_address', 'error_type', 'http_response_status_code')],
    },
    {
      kind: 'lines',
      title: 'Outgoing latency p99',
      description: 'Time until the answer was read. What is slow here is slow for the callers of this service.',
      unit: 's',
      width: 8,
      empty: 'none',
      queries: [by(quantileBy(0.99, shown.buckets(CLIENT), 'server_address'), 'server_address')],
    },
  ],
};
