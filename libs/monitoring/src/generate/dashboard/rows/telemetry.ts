import { fold } from '../../promql/operations.js';
import { by, type RowSpec } from '../panel.js';
import { growthBy, rateBy, shown } from '../shown.js';

/** What the service says about itself. */
export const telemetryRow: RowSpec = {
  title: 'Logs, traces, metrics',
  panels: [
    {
      kind: 'bars',
      title: 'Log records by level',
      description:
        'Records a second, those included that are left out as there are too many alike. When `error` rises, the log says why.',
      unit: 'ops',
      width: 12,
      colors: { trace: 'gray', debug: 'blue', info: 'green', warn: 'yellow', error: 'red', fatal: 'purple' },
      queries: [by(rateBy(shown.plain('eggy_log_records_total'), 'level'), 'level')],
    },
    {
      kind: 'lines',
      title: 'Spans',
      description:
        'Spans that were sent, and those that were lost as the receiver did not take them. Losing some harms no request, but traces have gaps: look at the receiver.',
      unit: 'ops',
      width: 6,
      empty: 'no tracing',
      colors: { sent: 'green', lost: 'red' },
      queries: [by(rateBy(shown.plain('eggy_tracing_spans_total'), 'result'), 'result')],
    },
    {
      kind: 'lines',
      title: 'Metrics left out',
      description:
        'Metrics whose collection failed, so that charts of them have gaps. The log names the reason; the fault is in the code that makes the metric.',
      unit: 'none',
      width: 6,
      empty: 'none',
      queries: [by(growthBy(shown.plain('eggy_monitoring_collect_errors_total'), 'metric'), 'metric')],
    },
  ],
};

export const configurationRow: RowSpec = {
  title: 'Configuration and start',
  closed: true,
  panels: [
    {
      kind: 'lines',
      title: 'Configuration in force',
      description:
        'How often the configuration has changed since the start, by instance. Instances that should be alike and are not have missed a change.',
      unit: 'none',
      width: 6,
      queries: [by(fold('max', shown.plain('eggy_config_generation'), ['instance']), 'instance')],
    },
    {
      kind: 'lines',
      title: 'Reloads',
      description:
        'Reloads of watched configuration, by source and result. `refused`: a value is wrong and the last ones stay in force; `/config` and the log say which.',
      unit: 'none',
      width: 6,
      empty: 'none',
      queries: [by(growthBy(shown.plain('eggy_config_reload_total'), 'source', 'result'), 'source', 'result')],
    },
    {
      kind: 'lines',
      title: 'Restart required',
      description: 'Changed variables that only take effect with the next start. Above 0: restart when it suits.',
      unit: 'none',
      width: 6,
      queries: [by(fold('max', shown.plain('eggy_config_restart_required'), ['instance']), 'instance')],
    },
    {
      kind: 'lengths',
      title: 'Start-up phases',
      description:
        'How long each phase of the start took, on the slowest instance. `/startup` on the monitoring port tells more: initializers, services, the slowest providers.',
      unit: 's',
      width: 6,
      queries: [by(fold('max', shown.plain('eggy_startup_phase_seconds'), ['phase']), 'phase')],
    },
  ],
};
