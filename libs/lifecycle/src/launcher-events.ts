import type { LauncherState } from './launcher-state.js';

/** The phases of an application's life, by the names of the Go library. */
export type Phase =
  | 'configuration'
  | 'logging'
  | 'launcher'
  | 'register initializers'
  | 'register infrastructure services'
  | 'register business services'
  | 'execute initializers'
  | 'start services'
  | 'running'
  | 'graceful shutdown';

/** What happens in a launcher, as data: logs, metrics and timelines are made of it by listeners. */
export type LauncherEvent =
  | { kind: 'state.changed'; from: LauncherState; to: LauncherState }
  | { kind: 'phase.started'; phase: Phase }
  | { kind: 'phase.finished'; phase: Phase; tookMs: number }
  | { kind: 'phase.failed'; phase: Phase; tookMs: number; error: unknown }
  | { kind: 'initializer.finished'; name: string; tookMs: number }
  | { kind: 'initializer.failed'; name: string; tookMs: number; error: unknown }
  | { kind: 'initializer.closed'; name: string; tookMs: number }
  | { kind: 'service.started'; name: string; tookMs: number }
  | { kind: 'service.finished'; name: string }
  | { kind: 'service.crashed'; name: string; error: unknown }
  | { kind: 'service.stopped'; name: string; tookMs: number }
  | { kind: 'drain.started'; reason: string; inflight: number }
  | { kind: 'stop.failed'; error: unknown };

export type LauncherListener = (event: LauncherEvent) => void;

/** The events of one application; a listener that comes later is told the story from its beginning. */
export class LauncherEvents {
  readonly #listeners = new Set<LauncherListener>();
  readonly #past: LauncherEvent[] = [];

  /** Calls `listener` for each past and coming event, synchronously; the result ends it. A listener must not throw. */
  onEvent(listener: LauncherListener): () => void {
    for (const event of this.#past) listener(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: LauncherEvent): void {
    this.#past.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Runs one phase and tells its begin, its end and its failure. */
  async phase<T>(phase: Phase, work: () => T | Promise<T>): Promise<T> {
    const began = performance.now();
    this.emit({ kind: 'phase.started', phase });
    try {
      const result = await work();
      this.emit({ kind: 'phase.finished', phase, tookMs: performance.now() - began });
      return result;
    } catch (error) {
      this.emit({ kind: 'phase.failed', phase, tookMs: performance.now() - began, error });
      throw error;
    }
  }
}
