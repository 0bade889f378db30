import type { LauncherEvents, LauncherState } from '@eggybyte/lifecycle';
import type { HealthRegistry } from '../health/health-registry.js';
import type { ChangeReport, CheckReport, CheckRun } from './overview-report.js';

const MOST_RUNS = 60;
const MOST_CHANGES = 100;

/** Runs of the checks, and what has changed with them and with the application. */
export class CheckHistory {
  readonly #runs = new Map<string, CheckRun[]>();
  readonly #since = new Map<string, string>();
  /** The oldest first. */
  readonly #changes: ChangeReport[] = [];
  readonly #detach: (() => void)[];
  #state: LauncherState;

  /** @param events tell of the application's state at once; without them it is known when somebody looks */
  constructor(
    private readonly health: HealthRegistry,
    private readonly stateNow: () => LauncherState,
    events: Pick<LauncherEvents, 'onEvent'> | undefined,
  ) {
    this.#state = 'starting';
    this.#detach = [
      health.onEvent((event) => {
        if (event.kind === 'check.ran') return this.#ran(event.name, event);
        const { name, critical, state: to, reason } = event.check;
        const at = timeOf();
        this.#since.set(name, at);
        this.#add({ at, of: 'check', name, from: event.from, to, ...(reason && { reason }), critical });
      }),
    ];
    if (!events) return;
    const detach = events.onEvent((event, at) => {
      if (event.kind === 'state.changed') this.#came(event.to, timeOf(at));
    });
    this.#detach.push(detach);
  }

  get checks(): CheckReport[] {
    return this.health.checks.map(({ name, critical, state, reason }) => {
      const since = this.#since.get(name);
      const runs = this.#runs.get(name) ?? [];
      return { name, critical, state, ...(reason && { reason }), ...(since !== undefined && { since }), runs };
    });
  }

  /** The latest first. */
  get changes(): ChangeReport[] {
    this.look();
    return this.#changes.toReversed();
  }

  /** Notes a state that nothing has told of, such as that of a blocked event loop. */
  look(): void {
    this.#came(this.stateNow(), timeOf());
  }

  close(): void {
    for (const detach of this.#detach) detach();
  }

  #came(to: LauncherState, at: string): void {
    if (to === this.#state) return;
    this.#add({ at, of: 'application', from: this.#state, to });
    this.#state = to;
  }

  #ran(name: string, { tookMs, reason }: { tookMs: number; reason: CheckRun['reason'] | undefined }): void {
    let runs = this.#runs.get(name);
    if (!runs) this.#runs.set(name, (runs = []));
    runs.push({ at: timeOf(), took_ms: Math.round(tookMs * 10) / 10, ...(reason && { reason }) });
    if (runs.length > MOST_RUNS) runs.shift();
  }

  #add(change: ChangeReport): void {
    this.#changes.push(change);
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift();
  }
}

function timeOf(at = Date.now()): string {
  return new Date(at).toISOString();
}
