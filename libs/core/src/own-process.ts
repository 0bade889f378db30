import { ProcessGuard } from '@eggybyte/lifecycle';
import { endEarly } from './early-signals.js';

/** An application, as the process that it runs in knows it. */
export interface ProcessMember {
  /** Stops. Resolves to the exit code that this deserves, or to nothing where somebody else ends the process. */
  stop(reason: string): Promise<number | undefined>;
  /** Milliseconds that the stop may still take. */
  remainingMs(): number;
  /** A further SIGTERM, which is ignored. */
  onRepeat(signal: NodeJS.Signals): void;
  /** Tells a fatal error and stops. Without it, fatal errors are left to Node. */
  readonly onFatal?: (error: unknown) => Promise<number>;
}

/** Exit code of a process that a second SIGINT ends: 128 and the number of the signal. */
const INTERRUPTED = 130;
const LEAST_BUDGET_MS = 1000;

/**
 * Signals, fatal errors and the exit code, of which a process has but one, whatever the number of its applications.
 * A signal stops all of them, and so does the failure of one; the process ends when the last one has stopped, with the
 * highest of their codes, or at the end of the longest budget with 1.
 */
class OwnProcess {
  readonly #members = new Set<ProcessMember>();
  #guard: ProcessGuard | undefined;
  /** Why the process ends. */
  #reason: string | undefined;
  /** Stops that go on. */
  #pending = 0;
  #code = 0;
  #endsElsewhere = false;
  #deadline: NodeJS.Timeout | undefined;

  /** Whether a signal or a failure has begun the end. */
  get isEnding(): boolean {
    return this.#reason !== undefined;
  }

  /** From now on its end is the end of the process; in a process that ends already it is stopped at once. */
  join(member: ProcessMember): void {
    this.#members.add(member);
    // A diagnostic report of Node, written by a crash or a signal, would tell every variable, secrets among them.
    process.report.excludeEnv = true;
    this.#listen();
    if (this.#reason !== undefined) this.#await(member.stop(this.#reason));
  }

  /** It has stopped without a signal, or somebody else looks after it now. */
  leave(member: ProcessMember, code = 0): void {
    if (!this.#members.delete(member)) return;
    this.#code = Math.max(this.#code, code);
    if (this.isEnding) process.exitCode = this.#code;
    else if (this.#members.size === 0) this.#unlisten();
  }

  /** One of them failed and stops by itself. */
  fail(failed: ProcessMember, stopped: Promise<number>): void {
    this.#await(stopped);
    this.#end('another application of the process failed', failed);
  }

  #listen(): void {
    const previous = this.#guard;
    const takesFatal = [...this.#members].some((member) => member.onFatal);
    this.#guard = new ProcessGuard({
      onStop: (signal) => this.#onSignal(signal),
      onRepeat: (signal) => this.#onSignal(signal),
      onImpatience: () => this.#onSignal('SIGINT'),
      ...(takesFatal && { onFatal: (error: unknown) => this.#onFatal(error) }),
    });
    previous?.[Symbol.dispose]();
    endEarly();
  }

  #unlisten(): void {
    this.#guard?.[Symbol.dispose]();
    this.#guard = undefined;
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (!this.isEnding) return this.#end(signal);
    // Nest, where its shutdown hooks are enabled, sends itself the same signal again when it has closed.
    if (this.#members.size === 0) exit(this.#code);
    if (signal === 'SIGINT') exit(INTERRUPTED);
    for (const member of this.#members) member.onRepeat(signal);
  }

  #onFatal(error: unknown): void {
    const teller = [...this.#members].find((member) => member.onFatal);
    const stopped = teller?.onFatal?.(error);
    if (teller && stopped) this.fail(teller, stopped);
  }

  #end(reason: string, except?: ProcessMember): void {
    if (this.isEnding) return;
    this.#reason = reason;
    for (const member of this.#members) if (member !== except) this.#await(member.stop(reason));
    const budgets = [...this.#members].map((member) => member.remainingMs());
    this.#deadline = setTimeout(() => exit(1), Math.max(LEAST_BUDGET_MS, ...budgets));
    this.#endIfDone();
  }

  #await(stopped: Promise<number | undefined>): void {
    this.#pending++;
    void stopped.then((code) => {
      this.#pending--;
      this.#code = Math.max(this.#code, code ?? 0);
      this.#endsElsewhere ||= code === undefined;
      this.#endIfDone();
    });
  }

  #endIfDone(): void {
    if (!this.isEnding || this.#pending > 0) return;
    if (!this.#endsElsewhere) exit(this.#code);
    // It must not keep a process that has nothing else to do: that ends by itself, with the same code.
    this.#deadline?.unref();
  }
}

/** A listener of `exit` that throws would keep the process alive; a second attempt calls none of them. */
function exit(code: number): void {
  try {
    process.exit(code);
  } catch {
    process.exit(1);
  }
}

/** Of the process, as signals and the exit code are. */
export const ownProcess = new OwnProcess();
