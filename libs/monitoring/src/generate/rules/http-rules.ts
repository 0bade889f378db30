import { and, compare, or, over, quantile, ratio, times } from '../promql/operations.js';
import { like } from '../promql/sources.js';
import type { Vector } from '../promql/vector.js';
import { exact, type ResolvedServiceGoals } from '../service-goals.js';
import { all, perService, type ServiceLabel } from './of-service.js';
import { alert, type AlertingRule, DURATION, type RecordingRule, recording, type RuleGroup, SHARE } from './rule.js';

const DURATIONS = 'http_server_request_duration_seconds';
const FIVE_MINUTES = 300;
const THIRTY_MINUTES = 1800;

/**
 * What each service answers. Longer windows are made of what is recorded every time, so that instances which are gone
 * still count in them.
 */
const requests = recording('eggy:http_requests:rate5m', perService('sum', over('rate', all.count(DURATIONS), '5m')));
const failures = recording(
  'eggy:http_failures:rate5m',
  or(
    perService('sum', over('rate', all.count(DURATIONS, { http_response_status_code: like('5..') }), '5m')),
    times(requests.series, 0),
  ),
);
const latency = recording(
  'eggy:http_request_duration_seconds:p99_rate5m',
  quantile(0.99, perService('sum', over('rate', all.buckets(DURATIONS), '5m'), 'le')),
);
const share5m = recording('eggy:http_failures:share_5m', ratio(failures.series, requests.series));
const [share30m, share1h, share6h] = (['30m', '1h', '6h'] as const).map((window) =>
  recording(
    `eggy:http_failures:share_${window}`,
    ratio(over('sum_over_time', failures.series, window), over('sum_over_time', requests.series, window)),
  ),
) as [typeof share5m, typeof share5m, typeof share5m];

/** Requests that failed in the last five and in the last thirty minutes, in number. */
const failed5m = times(failures.series, FIVE_MINUTES);
const failed30m = times(over('avg_over_time', failures.series, '30m'), THIRTY_MINUTES);
const answered5m = times(requests.series, FIVE_MINUTES);

const recordings: RecordingRule[] = [requests, failures, latency, share5m, share30m, share1h, share6h].map(
  ({ rule }) => rule,
);

/** Whether callers get what they are promised. */
export function httpRules({ errorBudget, latencySeconds }: ResolvedServiceGoals): RuleGroup {
  return {
    name: 'eggy-http',
    rules: [
      ...recordings,
      budgetBurn('1h', 14.4, and(above(share1h.series, 14.4), above(share5m.series, 14.4)), failed5m, 5),
      budgetBurn('6h', 6, and(above(share6h.series, 6), above(share30m.series, 6)), failed30m, 20),
      alert({
        name: 'EggyLatencyHigh',
        // Among few requests the slowest of a hundred is any slow one.
        vector: and(compare(latency.series, '>', latencySeconds), compare(answered5m, '>', 100)),
        lasting: '10m',
        severity: 'warning',
        summary: (label) =>
          `${label('service')} is slow: one request in a hundred takes longer than ${latencySeconds} s`,
        description: () =>
          `99 of 100 requests are answered within ${DURATION}. See in the dashboard which routes are slow, and whether database, outgoing requests or the event loop are slow with them.`,
      }),
    ],
  };

  function above(share: Vector<ServiceLabel>, factor: number): Vector<ServiceLabel> {
    return compare(share, '>', exact(factor * errorBudget));
  }
}

/** The failure of a request or two at a quiet time is nobody's emergency, whatever its share. */
function budgetBurn(
  window: '1h' | '6h',
  factor: number,
  burns: Vector<ServiceLabel>,
  failed: Vector<ServiceLabel>,
  moreThan: number,
): AlertingRule {
  return alert({
    name: 'EggyErrorBudgetBurn',
    vector: and(burns, compare(failed, '>', moreThan)),
    lasting: '2m',
    severity: 'critical',
    labels: { window },
    summary: (label) => `${SHARE} of the requests to ${label('service')} fail`,
    description: () =>
      `Over ${window}, that is more than ${factor} times what the goal of a month allows. See in the dashboard which routes fail, and whether the database, a check or another service fails with them; if it began with a new version, roll back.`,
  });
}
