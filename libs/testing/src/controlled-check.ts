import type { HealthRegistry } from '@eggybyte/monitoring';

/** A health check in the hands of a test: what it says is told by the probes as soon as it is awaited. */
export class ControlledCheck {
  constructor(
    private readonly health: HealthRegistry,
    private readonly name: string,
  ) {}

  /** Lets it fail as if its checker had rejected with this; its own checker is not called meanwhile. */
  fail(reason: Error | string = 'the test lets it fail'): Promise<void> {
    const error = typeof reason === 'string' ? new Error(reason) : reason;
    return this.health.standIn(this.name, { check: () => Promise.reject(error) });
  }

  /** Lets it work, whatever its dependency does; its own checker is not called meanwhile. */
  succeed(): Promise<void> {
    return this.health.standIn(this.name, { check: () => Promise.resolve() });
  }

  /** Asks its own checker again, for the first time before this resolves. */
  restore(): Promise<void> {
    return this.health.standIn(this.name, undefined);
  }
}
