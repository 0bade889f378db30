export interface SignalOwner {
  /** The first signal. Resolves to the exit code, or to nothing where somebody else ends the process. */
  stop(signal: NodeJS.Signals): Promise<number | undefined>;
  /** Milliseconds that the stop may take. */
  remainingMs(): number;
  /** A SIGTERM that comes while the application stops. */
  onRepeat(signal: NodeJS.Signals): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Exit code of a process that a second SIGINT ends: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** Ends the process after a signal, once the application has stopped; of fatal errors it knows nothing. */
export class SignalListener {
  #stopping = false;
  #code: number | undefined;

  constructor(private readonly owner: SignalOwner) {}

  /** Whether a signal has begun the stop. */
  get stopping(): boolean {
    return this.#stopping;
  }

  listen(): void {
    this.dispose();
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  /** The application is closed. After a signal the listener stays: Nest sends itself the same one again at its end. */
  closed(code: number): void {
    this.#code = code;
    if (!this.#stopping) return this.dispose();
    process.exitCode = code;
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#code !== undefined) process.exit(this.#code);
    if (!this.#stopping) {
      this.#stopping = true;
      void this.#stop(signal);
    } else if (signal === 'SIGINT') {
      process.exit(INTERRUPTED);
    } else {
      this.owner.onRepeat(signal);
    }
  };

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const stopped = this.owner.stop(signal);
    // Does not keep a process that has nothing else to do: it ends by itself, with the same code.
    setTimeout(() => process.exit(1), this.owner.remainingMs()).unref();
    const code = await stopped;
    if (code !== undefined) process.exit(code);
  }
}
