import type { Metrics } from '@eggybyte/observability';
import type { ConfigReload } from './config-reload.js';

const RESULTS: Readonly<Record<string, string>> = {
  'reload.applied': 'applied',
  'reload.unchanged': 'unchanged',
  'reload.refused': 'refused',
};

/** `eggy_config_reload_total{source,result}`, `eggy_config_generation`, `eggy_config_restart_required`. */
export function addReloadMetrics(metrics: Metrics, reload: ConfigReload): void {
  const total = metrics.counter('eggy_config_reload_total', 'Reloads of the configuration by result.', [
    'source',
    'result',
  ]);
  metrics.gauge('eggy_config_generation', 'How often the configuration has changed, counted from 1.', [], (gauge) =>
    gauge.set(reload.generation),
  );
  const help = 'Variables that have changed and take effect with the next start only.';
  metrics.gauge('eggy_config_restart_required', help, [], (gauge) => gauge.set(reload.restartRequired.length));
  reload.onEvent((event) => {
    const result = RESULTS[event.kind];
    if (result !== undefined && 'source' in event) total.inc({ source: event.source, result });
  });
}
