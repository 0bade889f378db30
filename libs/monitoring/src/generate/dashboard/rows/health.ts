import { fold } from '../../promql/operations.js';
import { by, type RowSpec } from '../panel.js';
import { rateBy, shown } from '../shown.js';

export const healthRow: RowSpec = {
  title: 'Health checks',
  panels: [
    {
      kind: 'states',
      title: 'Checks',
      description:
        'Down is red on any instance. A critical check that is down takes its instance out of the balancer; repair what it checks, as a restart of the service does not.',
      unit: 'none',
      width: 12,
      queries: [by(fold('min', shown.plain('eggy_health_check_up'), ['check', 'critical']), 'check', 'critical')],
    },
    {
      kind: 'lines',
      title: 'Failures by reason',
      description:
        'Failed runs a second, repetitions included. `refused`: nothing listens there; `timeout`: it hangs or the network does; `auth`: credentials; `saturated`: all connections are in use. The log has the whole reason.',
      unit: 'ops',
      width: 6,
      empty: 'no failures',
      queries: [by(rateBy(shown.plain('eggy_health_check_failures_total'), 'check', 'reason'), 'check', 'reason')],
    },
    {
      kind: 'lines',
      title: 'Durations',
      description:
        'How long the last run of a check took, on the slowest instance. One that nears its deadline, 1 s by default, fails soon.',
      unit: 's',
      width: 6,
      queries: [by(fold('max', shown.plain('eggy_health_check_duration_seconds'), ['check']), 'check')],
    },
  ],
};
