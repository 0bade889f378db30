import { type Metrics, suiteCounter, suiteGauge } from '@eggybyte/observability';
import type { ConfigReload } from './config-reload.js';

const RESULTS: Readonly<Record<string, string>> = {
  'reload.applied': 'applied',
  'reload.unchanged': 'unchanged',
  'reload.refused': 'refused',
};

/** `eggy_config_reload_total{source,result}`, `eggy_config_generation`, `eggy_config_restart_required`. */
export function addReloadMetrics(metrics: Metrics, reload: ConfigReload): void {
  const total = suiteCounter(metrics, 'eggy_config_reload_total');
  suiteGauge(metrics, 'eggy_config_generation', (gauge) => gauge.set(reload.generation));
  suiteGauge(metrics, 'eggy_config_restart_required', (gauge) => gauge.set(reload.restartRequired.length));
  reload.onEvent((event) => {
    const result = RESULTS[event.kind];
    if (result !== undefined && 'source' in event) total.inc({ source: event.source, result });
  });
}
