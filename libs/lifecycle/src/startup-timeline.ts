import { describeFailure } from '@eggybyte/errors';
import type { CreatedProvider, LauncherEvent } from './launcher-events.js';
import type { Launcher } from './launcher.js';
import type { LauncherState } from './launcher-state.js';

/** One step of a start; times are milliseconds. */
export interface TimelineStep {
  name: string;
  /** A service is `started` from then on. */
  status: 'running' | 'started' | 'finished' | 'failed' | 'stopped';
  /** When it began, counted from the first event. */
  at_ms: number;
  /** Absent while it runs. */
  took_ms?: number;
  /** Code or class of what it failed with. The message is for the log, as it may tell of what is inside. */
  error?: string;
}

/** What `/startup` answers. */
export interface StartupReport {
  state: LauncherState;
  started_at: string;
  /** From the first event to readiness; absent before it. */
  ready_after_ms?: number;
  /** What the application waits on at this moment; empty when it has started. */
  waiting_on: string[];
  states: { state: LauncherState; at_ms: number }[];
  phases: TimelineStep[];
  initializers: TimelineStep[];
  services: TimelineStep[];
  /** The slowest providers of the container; the time of what they depend on is part of theirs. */
  providers: { name: string; took_ms: number }[];
}

/** The start and the stop of one application as a timeline, from its first phase on, kept as long as the application. */
export class StartupTimeline {
  readonly #phases = new Steps();
  readonly #initializers = new Steps();
  readonly #services = new Steps();
  readonly #states: StartupReport['states'] = [];
  #providers: readonly CreatedProvider[] = [];
  #beganAt: number | undefined;

  constructor(private readonly launcher: Launcher) {
    launcher.events.onEvent((event, at) => {
      this.#beganAt ??= at;
      this.#note(event, at - this.#beganAt);
    });
  }

  report(): StartupReport {
    const ready = this.#states.find(({ state }) => state === 'ready');
    return {
      state: this.launcher.state,
      started_at: new Date(this.#beganAt ?? Date.now()).toISOString(),
      ...(ready && { ready_after_ms: ready.at_ms }),
      waiting_on: this.launcher.waits.list(),
      states: this.#states,
      phases: this.#phases.list,
      initializers: this.#initializers.list,
      services: this.#services.list,
      providers: this.#providers.map(({ name, tookMs }) => ({ name, took_ms: rounded(tookMs) })),
    };
  }

  #note(event: LauncherEvent, atMs: number): void {
    switch (event.kind) {
      case 'phase.started':
        return this.#phases.begin(event.phase, atMs);
      case 'phase.finished':
        return this.#phases.end(event.phase, { status: 'finished', tookMs: event.tookMs });
      case 'phase.failed':
        return this.#phases.end(event.phase, { status: 'failed', ...event });
      case 'initializer.started':
        return this.#initializers.begin(event.name, atMs);
      case 'initializer.finished':
        return this.#initializers.end(event.name, { status: 'finished', tookMs: event.tookMs });
      case 'initializer.failed':
        return this.#initializers.end(event.name, { status: 'failed', ...event });
      case 'initializer.closed':
        return this.#initializers.end(event.name, { status: 'stopped' });
      case 'service.starting':
        return this.#services.begin(event.name, atMs);
      case 'service.started':
        return this.#services.end(event.name, { status: 'started', tookMs: event.tookMs });
      case 'service.failed':
      case 'service.crashed':
        return this.#services.end(event.name, { status: 'failed', ...event });
      case 'service.finished':
        return this.#services.end(event.name, { status: 'finished' });
      case 'service.stopped':
        return this.#services.end(event.name, { status: 'stopped' });
      case 'state.changed':
        return void this.#states.push({ state: event.to, at_ms: rounded(atMs) });
      case 'providers.created':
        this.#providers = event.slowest;
        return undefined;
      case 'hook.failed':
      case 'drain.started':
      case 'stop.failed':
        return undefined;
    }
  }
}

interface StepEnd {
  status: TimelineStep['status'];
  tookMs?: number;
  error?: unknown;
}

class Steps {
  readonly list: TimelineStep[] = [];

  begin(name: string, atMs: number): void {
    this.list.push({ name, status: 'running', at_ms: rounded(atMs) });
  }

  /** Of several with one name, the one that is still going on. */
  end(name: string, { status, tookMs, error }: StepEnd): void {
    const named = this.list.filter((step) => step.name === name);
    const step = named.find((one) => one.status === 'running') ?? named.at(-1);
    if (!step) return;
    step.status = status;
    if (tookMs !== undefined) step.took_ms = rounded(tookMs);
    if (error !== undefined) step.error = describeFailure(error).code ?? classOf(error);
  }
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
