import { DiscoveryService } from '@nestjs/core';
import type { Duration } from '@eggybyte/errors';

/** Tells whether one dependency works. */
export interface HealthChecker {
  /**
   * Resolves when the dependency works, rejects when it does not. The signal aborts at the check's deadline.
   * The rejection's text goes to the log, redacted; a probe only tells its class.
   */
  check(signal: AbortSignal): Promise<void>;
  /** Overrides the decorator's `name`, for a class of which an application has several. */
  readonly name?: string;
  /** Overrides the decorator's `critical` where it depends on configuration. */
  readonly critical?: boolean;
}

export interface HealthCheckerOptions {
  /** Unique name in the application: `^[a-z][a-z0-9-]{0,62}$`. */
  name: string;
  /** Whether the service cannot work without it: `/readyz` fails while a critical check is down. @default true */
  critical?: boolean;
  /** Deadline of one run. @default "1s" */
  timeout?: Duration;
  /** Pause between background runs. @default "5s" */
  interval?: Duration;
}

const mark = DiscoveryService.createDecorator<HealthCheckerOptions>();

/** Marks a provider as a health check; it is found at start, wherever its module is. */
export function HealthChecker(options: HealthCheckerOptions) {
  return <T extends new (...args: never[]) => HealthChecker>(target: T): void => {
    mark(options)(target);
  };
}

/** Metadata key of {@link HealthChecker}, for the lib that collects the checks. */
export const HEALTH_CHECKER_KEY: string = mark.KEY;
