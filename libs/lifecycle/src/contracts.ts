import { DiscoveryService } from '@nestjs/core';
import type { Duration } from '@eggybyte/errors';

/** Work that must succeed before the service takes traffic: build an index, warm a table, check a licence. */
export interface Initializer {
  /** Runs once, alone. Rejecting fails the start; the signal aborts at the timeout and when the start is interrupted. */
  init(signal: AbortSignal): Promise<void>;
  /** Undoes `init` at the stop, in reverse order, also when a later part of the start failed. */
  close?(signal: AbortSignal): Promise<void>;
}

/** A part with a start and a stop of its own. All services start concurrently and stop one by one, in reverse. */
export interface Service {
  /** Resolves when the service works; rejecting fails the start and aborts the others. */
  start(signal: AbortSignal): Promise<void>;
  /** Called exactly once, and only if `start` succeeded. */
  stop(signal: AbortSignal): Promise<void>;
}

/** A loop that runs as long as the service does: a consumer, a poller, a scheduler. */
export interface BackgroundService {
  /**
   * Runs until `signal` aborts, which happens when draining begins: take no new work then, finish the work at hand
   * and return. Rejecting earlier is a crash: the process stops and exits with 1.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** Any provider may end its intake of work when draining begins, while the rest of the service still serves. */
export interface OnDrain {
  /** Awaited before services stop. */
  onDrain(signal: AbortSignal): Promise<void>;
}

export interface InitializerOptions {
  /** Lower runs earlier; equal ones run in Nest's hook order. @default 0 */
  order?: number;
  /** Deadline of `init`. @default the launcher's `initTimeout`, "60s" */
  timeout?: Duration;
}

export interface ServiceOptions {
  /** Deadline of `start`; a BackgroundService needs none. @default the launcher's `startTimeout`, "60s" */
  startTimeout?: Duration;
  /** Deadline of `stop`, or of `run` after its signal aborted. @default the launcher's `stopTimeout`, "5s" */
  stopTimeout?: Duration;
}

type Provider<T> = new (...args: never[]) => T;

const markInitializer = DiscoveryService.createDecorator<InitializerOptions>();
const markService = DiscoveryService.createDecorator<ServiceOptions>();

/** Marks a provider as an {@link Initializer}; it is found at start, wherever its module is. */
export function Initializer(options: InitializerOptions = {}) {
  return <T extends Provider<Initializer>>(target: T): void => {
    markInitializer(options)(target);
  };
}

/** Marks a provider as a {@link Service} or a {@link BackgroundService}. */
export function Service(options: ServiceOptions = {}) {
  return <T extends Provider<Service | BackgroundService>>(target: T): void => {
    markService(options)(target);
  };
}

export const INITIALIZER_KEY: string = markInitializer.KEY;
export const SERVICE_KEY: string = markService.KEY;
