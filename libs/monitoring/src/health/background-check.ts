import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthChecker } from '@eggybyte/observability';
import { type Failure, type FailureReason, failureOf } from './failure-reason.js';
import type { CheckState, CheckStatus, HealthListener } from './health-events.js';

/** How long a run that missed its deadline may take to notice its abort before it counts as hanging; at most the deadline again. */
const LET_GO_MS = 50;

const HANGS: Failure = { reason: 'timeout', detail: 'the run before still hangs, although its signal aborted' };

interface Spec {
  name: string;
  critical: boolean;
  timeoutMs: number;
  intervalMs: number;
}

/**
 * One check, run again and again in the background. There is never more than one outstanding run: while one hangs,
 * no other is started and each turn counts as a timeout.
 */
export class BackgroundCheck implements CheckStatus {
  readonly name: string;
  readonly critical: boolean;
  #state: CheckState = 'pending';
  #reason: FailureReason | undefined;
  #outstanding: Promise<unknown> | undefined;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #first = Promise.withResolvers<void>();

  constructor(
    private readonly spec: Spec,
    private readonly checker: HealthChecker,
    private readonly emit: HealthListener,
  ) {
    this.name = spec.name;
    this.critical = spec.critical;
  }

  get state(): CheckState {
    return this.#state;
  }

  get reason(): FailureReason | undefined {
    return this.#reason;
  }

  /** Resolves with the first verdict, at the latest one deadline after the start. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  start(): void {
    const giveUp = setTimeout(this.#first.resolve, this.spec.timeoutMs).unref();
    void this.first.then(() => clearTimeout(giveUp));
    void this.#turn();
  }

  /** Aborts the run at hand; nothing is run or told any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#first.resolve();
  }

  async #turn(): Promise<void> {
    let failure = await this.#attempt();
    if (failure && this.#state !== 'down' && !this.#stopped) {
      // One failure says little: a connection was just being replaced, or the event loop was busy for a while.
      this.#reason = this.#state === 'pending' ? failure.reason : undefined;
      await this.#letGo();
      if (!this.#stopped) failure = await this.#attempt();
    }
    if (this.#stopped) return;
    this.#conclude(failure);
    this.#timer = setTimeout(() => void this.#turn(), this.spec.intervalMs).unref();
  }

  #conclude(failure: Failure | undefined): void {
    const from = this.#state;
    this.#state = failure ? 'down' : 'up';
    this.#reason = failure?.reason;
    this.#first.resolve();
    if (this.#state === from) return;
    const { name, critical, state, reason } = this;
    this.emit({ kind: 'check.changed', check: { name, critical, state, reason }, from, detail: failure?.detail });
  }

  async #attempt(): Promise<Failure | undefined> {
    const began = performance.now();
    const failure = this.#outstanding ? HANGS : await this.#run();
    if (!this.#stopped) {
      const tookMs = performance.now() - began;
      this.emit({ kind: 'check.ran', name: this.name, tookMs, reason: failure?.reason });
    }
    return failure;
  }

  async #run(): Promise<Failure | undefined> {
    const { timeoutMs } = this.spec;
    const abort = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers<Failure>();
    const timer = setTimeout(() => {
      resolve({ reason: 'timeout', detail: `no answer within ${timeoutMs} ms` });
      abort.abort(new DOMException(`The health check \`${this.name}\` took over ${timeoutMs} ms`, 'TimeoutError'));
    }, timeoutMs).unref();
    // The async wrapper turns a synchronous throw into a rejection.
    const run = (async () => this.checker.check(abort.signal))().then(() => undefined, failureOf);
    this.#abort = abort;
    this.#outstanding = run;
    void run.then(() => {
      clearTimeout(timer);
      this.#outstanding = undefined;
    });
    return Promise.race([run, late]);
  }

  async #letGo(): Promise<void> {
    if (!this.#outstanding) return;
    const graceMs = Math.min(LET_GO_MS, this.spec.timeoutMs);
    await Promise.race([this.#outstanding, sleep(graceMs, undefined, { ref: false })]);
  }
}
