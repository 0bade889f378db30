import { Logger } from '@nestjs/common';
import { type Duration, milliseconds } from '@eggybyte/errors';
import type {
  BackgroundService,
  Initializer,
  InitializerOptions,
  OnDrain,
  Service,
  ServiceOptions,
} from './contracts.js';
import { throwIfInterrupted } from './deadline.js';
import type { DrainableServer } from './drainable-server.js';
import { InitializerChain } from './initializer-chain.js';
import { LauncherEvents } from './launcher-events.js';
import { type LauncherOptions, type ResolvedLauncherOptions, resolveLauncherOptions } from './launcher.options.js';
import { type LauncherState, transition } from './launcher-state.js';
import { TooLateError } from './lifecycle.errors.js';
import { ServiceGroup } from './service-group.js';
import { TIGHT_MS } from './stop-budget.js';
import { StopSequence } from './stop-sequence.js';
import { Waits } from './waits.js';

interface NamedInitializer {
  name: string;
  initializer: Initializer;
  options: InitializerOptions;
}

/**
 * Starts an application part by part and stops it in reverse.
 *
 * It knows neither Nest nor HTTP nor signals: whoever owns the process calls `interrupt`, `drain`, `stopServices` and
 * `close`, in this order, each any number of times. Errors of the stop never keep another part from stopping; they
 * are collected in `failures`.
 */
export class Launcher {
  /** What the application waits on: initializers and services that start, hooks, providers that are being made. */
  readonly waits = new Waits();
  readonly #options: ResolvedLauncherOptions;
  readonly #start = new AbortController();
  readonly #initializers = new InitializerChain((event) => this.events.emit(event), this.waits);
  readonly #services = new ServiceGroup(
    (event) => this.events.emit(event),
    (error) => this.#onCrash(error),
    this.waits,
  );
  readonly #stop: StopSequence;
  readonly #added: NamedInitializer[] = [];
  #state: LauncherState = 'starting';
  /** Whether somebody may still send requests: a balancer was told so, and needs time to notice that it is over. */
  #isKnown = false;
  readonly #accepts = { initializers: true, services: true };
  #initialized: Promise<void> | undefined;
  #started: Promise<void> | undefined;

  constructor(
    options: LauncherOptions = {},
    /** Given when events were told before the launcher was made, such as reading the configuration. */
    readonly events: LauncherEvents = new LauncherEvents(),
  ) {
    this.#options = resolveLauncherOptions(options);
    this.#stop = new StopSequence(this.#options, this.#initializers, this.#services, {
      isKnown: () => this.#isKnown,
      emit: (event) => this.events.emit(event),
      enter: (state) => this.#enter(state),
    });
    warnWhenTight(this.#options);
  }

  /** Every error of the stop and every crash, in order. Empty means a clean stop. */
  get failures(): readonly unknown[] {
    return this.#stop.failures;
  }

  get state(): LauncherState {
    return this.#state;
  }

  /** Aborts when the start is interrupted. */
  get startSignal(): AbortSignal {
    return this.#start.signal;
  }

  /**
   * Runs an infrastructure step now, such as connecting to a database, and remembers its `close`.
   *
   * @throws StepTimeoutError, StartInterruptedError or InitializerFailedError, which name the step.
   */
  initialize<T>(
    name: string,
    timeout: Duration,
    init: (signal: AbortSignal) => Promise<T>,
    close?: (value: T, signal: AbortSignal) => Promise<void>,
  ): Promise<T> {
    const step = { name, timeoutMs: milliseconds(timeout, 'timeout'), init, close };
    return this.#initializers.run(step, this.#start.signal);
  }

  /** Adds an initializer; they run in ascending `order`, equal ones as they were added. @throws TooLateError */
  addInitializer(initializer: Initializer, options: InitializerOptions & { name?: string } = {}): this {
    const name = options.name ?? nameOf(initializer);
    if (!this.#accepts.initializers) throw new TooLateError(`Initializer \`${name}\``);
    this.#added.push({ name, initializer, options });
    return this;
  }

  /** Adds a service; all start concurrently and stop in reverse order of addition. @throws TooLateError */
  addService(service: Service | BackgroundService, options: ServiceOptions & { name?: string } = {}): this {
    const name = options.name ?? nameOf(service);
    if (!this.#accepts.services) throw new TooLateError(`Service \`${name}\``);
    this.#services.add(service, name, {
      startTimeoutMs: milliseconds(options.startTimeout ?? this.#options.startTimeoutMs, 'startTimeout'),
      stopTimeoutMs: milliseconds(options.stopTimeout ?? this.#options.stopTimeoutMs, 'stopTimeout'),
    });
    return this;
  }

  /** Adds a server that `drain` empties before any service stops. */
  addServer(server: DrainableServer): void {
    this.#stop.servers.push(server);
  }

  /** Keeps the servers open until `until` settles, such as while one is being bound, which cannot be closed cleanly. */
  holdServers(until: Promise<void>): void {
    this.#stop.binding = until;
  }

  /** Adds a hook that is called when draining begins and awaited before services stop. */
  addDrainHook(hook: OnDrain, name: string = nameOf(hook)): void {
    this.#stop.drainHooks.push({ name, hook });
  }

  /** Runs the added initializers one by one; a second call has the outcome of the first. */
  runInitializers(): Promise<void> {
    this.#accepts.initializers = false;
    return (this.#initialized ??= this.#runInitializers());
  }

  /** Starts the added services, all at once; a second call has the outcome of the first. */
  startServices(): Promise<void> {
    this.#accepts.services = false;
    return (this.#started ??= this.#services.start(this.#start.signal));
  }

  /** The last step of the start. @throws StartInterruptedError when a stop came first, or the crash of a service. */
  markReady(): void {
    throwIfInterrupted(this.#start.signal);
    if (this.#state === 'broken' && this.failures.length > 0) throw this.failures[0];
    this.#isKnown = true;
    this.#to('ready');
    this.events.emit({ kind: 'phase.started', phase: 'running' });
  }

  /**
   * The application failed and will not recover; liveness fails from now on. After a `fatal` error it is not to be
   * trusted with requests either, so its stop does without the drain delay.
   */
  markBroken({ fatal = false }: { fatal?: boolean } = {}): void {
    if (fatal) this.#isKnown = false;
    if (this.#state !== 'broken' && this.#state !== 'stopped') this.#to('broken');
  }

  /** Aborts a start that is under way; nothing more is started, and the shutdown timeout begins. */
  interrupt(reason: string): void {
    this.#stop.budget.begin();
    this.#start.abort(reason);
  }

  /** Adds an error of the stop that happened outside of the launcher, such as in a hook of Nest. */
  recordFailure(error: unknown): void {
    this.#stop.fail(error);
  }

  /** Step 0 to 3 of the stop: unready, end of intake, drain delay, in-flight requests. */
  drain(reason: string): Promise<void> {
    this.interrupt(reason);
    return this.#stop.drain(reason);
  }

  /** Step 4: services in reverse order, each once. */
  stopServices(reason: string = STOPPED): Promise<void> {
    this.interrupt(reason);
    return this.#stop.stopServices(reason);
  }

  /** Step 5: what initializers opened, in reverse order. */
  close(reason: string = STOPPED): Promise<void> {
    this.interrupt(reason);
    return this.#stop.close(reason);
  }

  /** What is left of the shutdown timeout, in milliseconds; all of it before the stop began. */
  remainingMs(): number {
    return this.#stop.budget.remainingMs();
  }

  /**
   * What all that comes before {@link close} may take at most, hooks of the application included, in milliseconds:
   * the rest of the shutdown timeout, less what closing initializers and ending telemetry needs.
   */
  remainingUntilCloseMs(): number {
    return this.#stop.budget.untilInitializersMs();
  }

  async #runInitializers(): Promise<void> {
    throwIfInterrupted(this.#start.signal);
    const inOrder = this.#added.toSorted((a, b) => (a.options.order ?? 0) - (b.options.order ?? 0));
    for (const { name, initializer, options } of inOrder) {
      const close = async (_: void, signal: AbortSignal): Promise<void> => initializer.close?.(signal);
      await this.initialize(
        name,
        options.timeout ?? this.#options.initTimeoutMs,
        (signal) => this.#options.around(name, () => initializer.init(signal)),
        initializer.close && close,
      );
    }
  }

  #onCrash(error: unknown): void {
    this.#stop.failures.push(error);
    this.markBroken();
  }

  /** A broken application stays broken through its stop, so that its probes keep telling the truth. */
  #enter(state: LauncherState): void {
    if (this.#state !== 'broken' || state === 'stopped') this.#to(state);
  }

  #to(state: LauncherState): void {
    const from = this.#state;
    this.#state = transition(from, state);
    this.events.emit({ kind: 'state.changed', from, to: state });
  }
}

function warnWhenTight({ drainDelayMs, shutdownTimeoutMs }: ResolvedLauncherOptions): void {
  const leftMs = shutdownTimeoutMs - drainDelayMs;
  if (drainDelayMs === 0 || leftMs >= TIGHT_MS) return;
  const msg = `The drain delay leaves ${leftMs} ms of the shutdown timeout: requests, services and initializers are cut short`;
  new Logger(Launcher.name).warn({ msg, drain_delay_ms: drainDelayMs, shutdown_timeout_ms: shutdownTimeoutMs });
}

const STOPPED = 'it was stopped';

function nameOf(part: object): string {
  return part.constructor.name;
}
