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

/** A provider of the container and how long it took until it was there, what it depends on included. */
export interface CreatedProvider {
  name: string;
  tookMs: number;
}

/** What happens in a launcher, as data: logs, metrics and timelines are made of it by listeners. */
export type LauncherEvent =
  | { kind: 'state.changed'; from: LauncherState; to: LauncherState }
  | { kind: 'phase.started'; phase: Phase }
  | { kind: 'phase.finished'; phase: Phase; tookMs: number }
  | { kind: 'phase.failed'; phase: Phase; tookMs: number; error: unknown }
  | { kind: 'providers.created'; slowest: readonly CreatedProvider[] }
  | { kind: 'initializer.started'; name: string }
  | { kind: 'initializer.finished'; name: string; tookMs: number }
  | { kind: 'initializer.failed'; name: string; tookMs: number; error: unknown }
  | { kind: 'initializer.closed'; name: string; tookMs: number }
  | { kind: 'service.starting'; name: string }
  | { kind: 'service.started'; name: string; tookMs: number }
  | { kind: 'service.failed'; name: string; tookMs: number; error: unknown }
  | { kind: 'service.finished'; name: string }
  | { kind: 'service.crashed'; name: string; error: unknown }
  | { kind: 'service.stopped'; name: string; tookMs: number }
  | { kind: 'hook.failed'; hook: string; error: unknown }
  | { kind: 'drain.started'; reason: string; inflight: number }
  | { kind: 'stop.failed'; error: unknown };

/** @param at when it happened, in milliseconds since 1970 on the monotonic clock of this process */
export type LauncherListener = (event: LauncherEvent, at: number) => void;

export type TellLauncherEvent = (event: LauncherEvent) => void;

/** A phase that is under way; the first call of either ends it. */
export interface OpenPhase {
  finish(): void;
  fail(error: unknown): void;
}

interface Told {
  event: LauncherEvent;
  at: number;
}

/**
 * The events of one application, told to each listener from the beginning, once each and in one order: an event that a
 * listener causes waits until the present one has been told to all.
 */
export class LauncherEvents {
  #listeners: readonly LauncherListener[] = [];
  readonly #past: Told[] = [];
  #told = 0;
  #telling = false;

  /**
   * Calls `listener` for each past and coming event; the result ends it. One that throws is logged and keeps neither
   * the launcher nor another listener from its work.
   */
  onEvent(listener: LauncherListener): () => void {
    for (const [index, told] of this.#past.entries()) if (index < this.#told) tell(listener, told);
    const added: LauncherListener = (event, at) => tell(listener, { event, at });
    this.#listeners = [...this.#listeners, added];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== added);
    };
  }

  emit(event: LauncherEvent): void {
    this.#past.push({ event, at: performance.timeOrigin + performance.now() });
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#past[this.#told]; next; next = this.#past[this.#told]) {
      this.#told++;
      for (const listener of this.#listeners) listener(next.event, next.at);
    }
    this.#telling = false;
  }

  /** Begins a phase that ends elsewhere. */
  begin(phase: Phase): OpenPhase {
    const began = performance.now();
    this.emit({ kind: 'phase.started', phase });
    let open = true;
    const end = (event: LauncherEvent): void => {
      if (open) this.emit(event);
      open = false;
    };
    return {
      finish: () => end({ kind: 'phase.finished', phase, tookMs: performance.now() - began }),
      fail: (error) => end({ kind: 'phase.failed', phase, tookMs: performance.now() - began, error }),
    };
  }

  /** {@link phase} for work that is done at once. */
  phaseSync<T>(phase: Phase, work: () => T): T {
    const open = this.begin(phase);
    try {
      const result = work();
      open.finish();
      return result;
    } catch (error) {
      open.fail(error);
      throw error;
    }
  }

  /** Runs one phase and tells its begin, its end and its failure. */
  async phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const open = this.begin(phase);
    try {
      const result = await work();
      open.finish();
      return result;
    } catch (error) {
      open.fail(error);
      throw error;
    }
  }
}

const logger = new Logger('LauncherEvents');

function tell(listener: LauncherListener, { event, at }: Told): void {
  try {
    listener(event, at);
  } catch (error) {
    try {
      logger.error({ msg: `A listener failed at ${event.kind}`, err: error });
    } catch {
      // The logger of the application throws too: there is nowhere left to tell.
    }
  }
}
