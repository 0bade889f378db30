import type { LauncherEvents, LauncherState } from '@eggybyte/lifecycle';
import type { Metrics } from '@eggybyte/observability';

/** What an application is, told as labels of `eggy_app_info`. */
export interface ApplicationInfo {
  service: string;
  version: string;
  environment: string;
}

const STATES = {
  starting: true,
  ready: true,
  draining: true,
  stopping: true,
  stopped: true,
  broken: true,
} satisfies Record<LauncherState, true>;

/** `eggy_app_info` is always 1; of `eggy_app_state` exactly one state is 1. */
export function addApplicationMetrics(metrics: Metrics, info: ApplicationInfo, state: () => LauncherState): void {
  const about = metrics.gauge('eggy_app_info', 'What runs here; always 1.', [
    'service',
    'version',
    'environment',
    'node',
  ]);
  about.set({ ...info, node: process.version }, 1);
  metrics.gauge('eggy_app_state', 'Where the application stands: 1 for its state, else 0.', ['state'], (gauge) => {
    const now = state();
    for (const one of Object.keys(STATES)) gauge.set({ state: one }, one === now ? 1 : 0);
  });
}

/** `eggy_startup_phase_seconds`: how long each finished phase of the start took. The result ends it. */
export function addStartupMetrics(metrics: Metrics, events: Pick<LauncherEvents, 'onEvent'>): () => void {
  const help = 'Duration of each phase of the start that has finished.';
  const gauge = metrics.gauge('eggy_startup_phase_seconds', help, ['phase']);
  return events.onEvent((event) => {
    if (event.kind === 'phase.finished') gauge.set({ phase: event.phase }, event.tookMs / 1000);
  });
}
