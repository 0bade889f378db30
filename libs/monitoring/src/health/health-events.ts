import type { FailureReason } from './failure-reason.js';

/** `pending` until the first run has told: a check that never worked does not count as one that does. */
export type CheckState = 'pending' | 'up' | 'down';

/** What is known of one check now. */
export interface CheckStatus {
  readonly name: string;
  /** Whether `/readyz` fails while it is not up. */
  readonly critical: boolean;
  readonly state: CheckState;
  /** Class of the last failure; undefined while up. */
  readonly reason: FailureReason | undefined;
}

/** What happens to the checks, as data: logs and metrics are made of it by listeners. */
export type HealthEvent =
  | { kind: 'check.ran'; name: string; tookMs: number; reason: FailureReason | undefined }
  | { kind: 'check.changed'; check: CheckStatus; from: CheckState; detail: string | undefined };

export type HealthListener = (event: HealthEvent) => void;
