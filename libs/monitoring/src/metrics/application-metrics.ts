import type { LauncherEvents, LauncherState } from '@eggybyte/lifecycle';
import { type Metrics, suiteGauge } from '@eggybyte/observability';

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
  suiteGauge(metrics, 'eggy_app_info').set({ ...info, node: process.version }, 1);
  suiteGauge(metrics, 'eggy_app_state', (gauge) => {
    const now = state();
    for (const one of Object.keys(STATES)) gauge.set({ state: one }, one === now ? 1 : 0);
  });
}

/** `eggy_startup_phase_seconds`: how long each finished phase of the start took. The result ends it. */
export function addStartupMetrics(metrics: Metrics, events: Pick<LauncherEvents, 'onEvent'>): () => void {
  const gauge = suiteGauge(metrics, 'eggy_startup_phase_seconds');
  return events.onEvent((event) => {
    if (event.kind === 'phase.finished') gauge.set({ phase: event.phase }, event.tookMs / 1000);
  });
}
