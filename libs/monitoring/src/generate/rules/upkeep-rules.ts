import { compare, or, over, unless } from '../promql/operations.js';
import { all, perService } from './of-service.js';
import { alert, type RuleGroup, VALUE } from './rule.js';

/** Shorter than what it has to last: one burst of failures is over before. */
const WINDOW = '10m';

const refused = all.plain('eggy_config_reload_total', { result: 'refused' });

/** What nobody notices until it matters. */
export const upkeepRules: RuleGroup = {
  name: 'eggy-upkeep',
  rules: [
    alert({
      name: 'EggyConfigReloadRefused',
      // A counter that begins with 1 has not increased, for Prometheus.
      vector: perService(
        'count',
        or(compare(over('increase', refused, '30m'), '>', 0), unless(compare(refused, '>', 0), refused.offset('30m'))),
        'source',
      ),
      severity: 'warning',
      summary: (label) => `${label('service')} refuses its new configuration`,
      description: (label) =>
        `${VALUE} of its instances keep the last one, as a value from ${label('source')} is wrong, and the next start would fail on it. The log and \`/config\` on the monitoring port name the variable: correct it.`,
    }),
    alert({
      name: 'EggyConfigRestartRequired',
      vector: perService('max', compare(all.plain('eggy_config_restart_required'), '>', 0)),
      lasting: '1h',
      severity: 'info',
      summary: (label) => `${label('service')} runs with values that have changed since its start`,
      description: () =>
        `Variables that take effect with the next start only; \`/config\` on the monitoring port names them. Restart the service when it suits.`,
    }),
    alert({
      name: 'EggyFatalRecords',
      vector: compare(
        perService('sum', over('increase', all.plain('eggy_log_records_total', { level: 'fatal' }), '10m')),
        '>',
        0,
      ),
      severity: 'warning',
      summary: (label) => `${label('service')} has logged a fatal error`,
      description: () =>
        'Something says that it cannot go on, and the process is still there. Search the log for records of the level `fatal`; each says what happened and what to do.',
    }),
    alert({
      name: 'EggyMetricsLeftOut',
      vector: perService(
        'count',
        compare(over('increase', all.plain('eggy_monitoring_collect_errors_total'), WINDOW), '>', 0),
        'metric',
      ),
      lasting: '15m',
      severity: 'info',
      summary: (label) => `The metric ${label('metric')} of ${label('service')} cannot be collected`,
      description: () =>
        'Charts and alerts that need it see nothing. The log says why; the fault is in the code that makes the metric.',
    }),
    alert({
      name: 'EggySpansLost',
      vector: compare(
        perService('sum', over('increase', all.plain('eggy_tracing_spans_total', { result: 'lost' }), WINDOW)),
        '>',
        0,
      ),
      lasting: '15m',
      severity: 'info',
      summary: (label) => `Spans of ${label('service')} are lost`,
      description: () =>
        `The receiver has not taken ${VALUE} spans within 10 minutes, so traces have gaps; no request is harmed. The log says what it answers: see whether it runs and has room.`,
    }),
  ],
};
