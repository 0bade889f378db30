import type { LauncherEvents, LauncherState } from '@eggybyte/lifecycle';
import type { Metrics } from '@eggybyte/observability';
import type { HealthRegistry } from '../health/health-registry.js';
import { processReport } from '../info/process-report.js';
import type { ApplicationInfo } from '../metrics/application-metrics.js';
import { CheckHistory } from './check-history.js';
import type { OverviewReport, Sample } from './overview-report.js';
import { Sampler } from './sampler.js';

export interface OverviewSources {
  application: ApplicationInfo;
  health: HealthRegistry;
  metrics: Metrics;
  state: () => LauncherState;
  events?: Pick<LauncherEvents, 'onEvent'> | undefined;
}

/** How one application is, and how it was in the last minutes. */
export class Overview {
  readonly #history: CheckHistory;
  readonly #sampler: Sampler;

  constructor(private readonly sources: OverviewSources) {
    const { health, metrics, state, events } = sources;
    this.#history = new CheckHistory(health, state, events);
    this.#sampler = new Sampler(metrics);
  }

  start(): void {
    this.#sampler.start();
  }

  stop(): void {
    this.#sampler.stop();
    this.#history.close();
  }

  report(): OverviewReport {
    return { ...this.now(), samples: [...this.#sampler.samples] };
  }

  /** Without the samples. */
  now(): Omit<OverviewReport, 'samples'> {
    return {
      at: new Date().toISOString(),
      application: { ...this.sources.application, state: this.sources.state(), ...processReport() },
      checks: this.#history.checks,
      changes: this.#history.changes,
      routes: this.#sampler.routes.table(),
    };
  }

  /** Those that were taken after one of `atMs`. */
  samplesAfter(atMs: number): Sample[] {
    return this.#sampler.samples.filter((sample) => sample.at_ms > atMs);
  }
}
