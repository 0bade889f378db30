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
  /** The run of each checker that has not ended yet; more than one only where one stands in for another. */
  readonly #outstanding = new Map<HealthChecker, Promise<unknown>>();
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Number of the turn that counts: a turn that is not the last one begun tells nothing any more. */
  #turns = 0;
  #phase: 'idle' | 'started' | 'stopped' = 'idle';
  #stoodIn: HealthChecker | undefined;
  readonly #first = Promise.withResolvers<void>();

  constructor(
    private readonly spec: Spec,
    private readonly own: HealthChecker,
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

  /** Whether a run goes on, its signal aborted or not. */
  get hangs(): boolean {
    return this.#outstanding.size > 0;
  }

  /** Resolves when no run goes on. */
  async ended(): Promise<void> {
    await Promise.all(this.#outstanding.values());
  }

  start(): void {
    this.#phase = 'started';
    const giveUp = setTimeout(this.#first.resolve, this.spec.timeoutMs).unref();
    void this.first.then(() => clearTimeout(giveUp));
    void this.#turn();
  }

  /** Lets another checker tell for this check, or its own one again; resolves when it has told. */
  async standIn(checker: HealthChecker | undefined): Promise<void> {
    this.#stoodIn = checker;
    if (this.#phase !== 'started') return;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    await this.#turn();
  }

  /** Aborts the run at hand; nothing is run or told any more. */
  stop(): void {
    this.#phase = 'stopped';
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#first.resolve();
  }

  async #turn(): Promise<void> {
    const turn = ++this.#turns;
    const checker = this.#stoodIn ?? this.own;
    let failure = await this.#attempt(checker, turn);
    if (failure && this.#state !== 'down' && this.#counts(turn)) {
      // One failure says little: a connection was just being replaced, or the event loop was busy for a while.
      this.#reason = this.#state === 'pending' ? failure.reason : undefined;
      await this.#letGo(checker);
      if (this.#counts(turn)) failure = await this.#attempt(checker, turn);
    }
    if (!this.#counts(turn)) return;
    this.#conclude(failure);
    this.#timer = setTimeout(() => void this.#turn(), this.spec.intervalMs).unref();
  }

  #counts(turn: number): boolean {
    return turn === this.#turns && this.#phase === 'started';
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

  async #attempt(checker: HealthChecker, turn: number): Promise<Failure | undefined> {
    const began = performance.now();
    const failure = this.#outstanding.has(checker) ? HANGS : await this.#run(checker);
    if (this.#counts(turn)) {
      const tookMs = performance.now() - began;
      this.emit({ kind: 'check.ran', name: this.name, tookMs, reason: failure?.reason });
    }
    return failure;
  }

  async #run(checker: HealthChecker): Promise<Failure | undefined> {
    const { timeoutMs } = this.spec;
    const abort = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers<Failure>();
    const timer = setTimeout(() => {
      resolve({ reason: 'timeout', detail: `no answer within ${timeoutMs} ms` });
      abort.abort(new DOMException(`The health check \`${this.name}\` took over ${timeoutMs} ms`, 'TimeoutError'));
    }, timeoutMs).unref();
    // The async wrapper turns a synchronous throw into a rejection.
    const run = (async () => checker.check(abort.signal))().then(() => undefined, failureOf);
    this.#abort = abort;
    this.#outstanding.set(checker, run);
    void run.then(() => {
      clearTimeout(timer);
      this.#outstanding.delete(checker);
    });
    return Promise.race([run, late]);
  }

  async #letGo(checker: HealthChecker): Promise<void> {
    const run = this.#outstanding.get(checker);
    if (!run) return;
    const graceMs = Math.min(LET_GO_MS, this.spec.timeoutMs);
    await Promise.race([run, sleep(graceMs, undefined, { ref: false })]);
  }
}
