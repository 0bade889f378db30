/** A timer this late proves that nothing could be read meanwhile: a busy loop, a GC pause, a throttled container. */
export const STALL_MS = 20;

/**
 * Tells when the other side has had its time. Once, a stall of this process is not taken for one of the other side: the
 * time begins anew.
 */
export class PatientTimer {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #prolonged = false;
  #stopped = false;

  constructor(
    private readonly ms: number,
    private readonly onOver: () => void,
  ) {
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#dueAt = performance.now() + this.ms;
    this.#timer = setTimeout(() => this.#check(), this.ms).unref();
  }

  #check(): void {
    if (!this.#prolonged && performance.now() - this.#dueAt > STALL_MS) {
      this.#prolonged = true;
      this.#arm();
      return;
    }
    // Timers run before sockets are read: what is waited for may be here already.
    setImmediate(() => {
      if (!this.#stopped) this.onOver();
    });
  }
}
