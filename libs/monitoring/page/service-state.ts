import type { OverviewEvent, OverviewReport, Sample } from '../src/overview/overview-report.js';

export const WINDOW_MS = 15 * 60_000;
/** One each 5 s. */
const MOST_SAMPLES = WINDOW_MS / 5000;

/** What the page knows of the service; the charts' samples are kept for 15 minutes and no longer. */
export class ServiceState {
  #report: OverviewReport | undefined;
  /** How far the server's clock is before the reader's. */
  #clockOffset = 0;

  get report(): OverviewReport | undefined {
    return this.#report;
  }

  /** The server's time, so that durations are right on a machine whose clock is not. */
  now(): number {
    return Date.now() + this.#clockOffset;
  }

  /** Tells which samples are new. */
  take(event: OverviewEvent): readonly Sample[] {
    if (event.kind === 'overview') {
      this.#report = event.overview;
      this.#clockOffset = Date.parse(event.overview.at) - Date.now();
      return event.overview.samples;
    }
    const known = this.#report?.samples;
    if (!known) return [];
    const last = known.at(-1)?.at_ms ?? 0;
    const fresh = event.samples.filter(({ at_ms }) => at_ms > last);
    this.#report = { ...event.overview, samples: [...known, ...fresh].slice(-MOST_SAMPLES) };
    this.#clockOffset = Date.parse(event.overview.at) - Date.now();
    return fresh;
  }
}
