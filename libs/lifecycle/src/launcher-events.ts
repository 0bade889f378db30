import { Logger } from '@nestjs/common';
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

/**
 * The events of one application, told to each listener from the beginning, once each and in one order: an event that a
 * listener causes waits until the present one has been told to all.
 */
export class LauncherEvents {
  #listeners: readonly LauncherListener[] = [];
  readonly #past: LauncherEvent[] = [];
  #told = 0;
  #telling = false;

  /**
   * Calls `listener` for each past and coming event; the result ends it. One that throws is logged and keeps neither
   * the launcher nor another listener from its work.
   */
  onEvent(listener: LauncherListener): () => void {
    for (const [at, event] of this.#past.entries()) if (at < this.#told) tell(listener, event);
    const added: LauncherListener = (event) => tell(listener, event);
    this.#listeners = [...this.#listeners, added];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== added);
    };
  }

  emit(event: LauncherEvent): void {
    this.#past.push(event);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#past[this.#told]; next; next = this.#past[this.#told]) {
      this.#told++;
      for (const listener of this.#listeners) listener(next);
    }
    this.#telling = false;
  }

  /** {@link phase} for work that is done at once. */
  phaseSync<T>(phase: Phase, work: () => T): T {
    const began = performance.now();
    this.emit({ kind: 'phase.started', phase });
    try {
      const result = work();
      this.emit({ kind: 'phase.finished', phase, tookMs: performance.now() - began });
      return result;
    } catch (error) {
      this.emit({ kind: 'phase.failed', phase, tookMs: performance.now() - began, error });
      throw error;
    }
  }

  /** Runs one phase and tells its begin, its end and its failure. */
  async phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
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

const logger = new Logger('LauncherEvents');

function tell(listener: LauncherListener, event: LauncherEvent): void {
  try {
    listener(event);
  } catch (error) {
    logger.error({ msg: `A listener failed at ${event.kind}`, err: error });
  }
}
