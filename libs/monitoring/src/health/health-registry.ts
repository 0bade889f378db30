import { ArgumentError } from '@eggybyte/errors';
import type { HealthChecker, HealthCheckerOptions } from '@eggybyte/observability';
import { CheckNameError, CheckTwiceError } from '../monitoring.errors.js';
import { BackgroundCheck } from './background-check.js';
import type { CheckStatus, HealthEvent, HealthListener } from './health-events.js';
import { logHealthEvents } from './health-log.js';
import {
  type HealthRegistryOptions,
  type ResolvedHealthRegistryOptions,
  resolveHealthRegistryOptions,
  timerMs,
} from './health.options.js';

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * The health checks of one application. They run in the background, all at once, each at its own interval and with
 * its own deadline, never two runs of one check at a time; probes only read what is known. A failure is repeated at
 * once: two in a row mean down, one success means up.
 */
export class HealthRegistry {
  readonly #options: ResolvedHealthRegistryOptions;
  readonly #checks = new Map<string, BackgroundCheck>();
  readonly #listeners = new Set<HealthListener>();
  #phase: 'idle' | 'started' | 'stopped' = 'idle';

  constructor(options: HealthRegistryOptions = {}) {
    this.#options = resolveHealthRegistryOptions(options);
    logHealthEvents(this);
  }

  /**
   * Adds a check; once the registry was started, it runs at once. `checker.name` and `checker.critical` are stronger
   * than those of `options`; without `critical` a check is critical.
   *
   * @throws CheckNameError, CheckTwiceError, or ArgumentError for a timeout or interval that is not above 0.
   */
  add(options: HealthCheckerOptions, checker: HealthChecker): void {
    const { timeout, interval } = options;
    const name = checker.name ?? options.name;
    if (typeof name !== 'string' || !NAME.test(name)) throw new CheckNameError(name);
    if (this.#checks.has(name)) throw new CheckTwiceError(name);
    const spec = {
      name,
      critical: checker.critical ?? options.critical ?? true,
      timeoutMs: timeout === undefined ? this.#options.timeoutMs : timerMs(timeout, 'timeout'),
      intervalMs: interval === undefined ? this.#options.intervalMs : timerMs(interval, 'interval'),
    };
    const check = new BackgroundCheck(spec, checker, (event) => this.#emit(event));
    this.#checks.set(name, check);
    if (this.#phase === 'started') check.start();
  }

  /** What is known of every check now, in the order of addition. Reading runs nothing. */
  get checks(): readonly CheckStatus[] {
    return [...this.#checks.values()].map(({ name, critical, state, reason }) => ({ name, critical, state, reason }));
  }

  /** Runs every check now, and again at its interval. A second call does nothing. */
  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'started';
    for (const check of this.#checks.values()) check.start();
  }

  /** Ends the runs for good and aborts those at hand. The last results stay readable. */
  stop(): void {
    this.#phase = 'stopped';
    for (const check of this.#checks.values()) check.stop();
  }

  /**
   * Stops, and waits until every run at hand has noticed its abort, at most `timeoutMs`. Resolves to the names of the
   * checks that still run: they ignore their signal, and hold whatever they hold.
   */
  async close(timeoutMs: number): Promise<readonly string[]> {
    this.stop();
    const checks = [...this.#checks.values()];
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([Promise.all(checks.map((check) => check.ended())), late]);
    clearTimeout(timer);
    return checks.filter((check) => check.hangs).map(({ name }) => name);
  }

  /**
   * Lets `checker` tell for the check of this name, whose own checker is not called meanwhile; undefined lets that one
   * tell again. Resolves once it has told, as all probes know then. For tests.
   *
   * @throws ArgumentError for a name that no check has.
   */
  standIn(name: string, checker: HealthChecker | undefined): Promise<void> {
    const check = this.#checks.get(name);
    if (!check) throw new ArgumentError('name', `a health check, one of ${this.#names()}`, name);
    return check.standIn(checker);
  }

  /** Resolves when every check has told once, at the latest after the longest deadline; at once unless started. */
  async firstResults(): Promise<void> {
    if (this.#phase !== 'started') return;
    await Promise.all([...this.#checks.values()].map((check) => check.first));
  }

  /** Calls `listener` for each event, synchronously; the result ends it. A listener must not throw. */
  onEvent(listener: HealthListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #names(): string {
    return [...this.#checks.keys()].map((name) => `\`${name}\``).join(', ') || 'none at all';
  }

  #emit(event: HealthEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
