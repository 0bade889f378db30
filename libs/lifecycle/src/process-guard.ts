/** What the owner of the process does about what happens to it. */
export interface ProcessEvents {
  /** The first SIGTERM or SIGINT. */
  onStop(signal: NodeJS.Signals): void;
  /** A SIGTERM after the first signal. */
  onRepeat(signal: NodeJS.Signals): void;
  /** A SIGINT after the first signal: somebody at a terminal does not want to wait. */
  onImpatience(): void;
  /**
   * An uncaught exception or an unhandled rejection, the first one only: the process is not to be trusted any more.
   * Without it they are left to Node, which ends the process.
   */
  onFatal?(error: unknown): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Listens to signals and fatal errors from construction to disposal. Nest's enableShutdownHooks() is not used: as
 * PID 1 it never ends, it has no deadline, and during a start it tears down what is still being built.
 */
export class ProcessGuard implements Disposable {
  #stopping = false;
  #fatal = false;

  constructor(private readonly events: ProcessEvents) {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    // Unhandled rejections come here too, unless the process has a listener of its own for them.
    if (events.onFatal) process.on('uncaughtException', this.#onFatal);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    process.off('uncaughtException', this.#onFatal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (!this.#stopping) {
      this.#stopping = true;
      this.events.onStop(signal);
    } else if (signal === 'SIGINT') {
      this.events.onImpatience();
    } else {
      this.events.onRepeat(signal);
    }
  };

  readonly #onFatal = (error: unknown): void => {
    if (this.#fatal) return;
    this.#fatal = true;
    this.events.onFatal?.(error);
  };
}
