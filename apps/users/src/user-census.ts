import { setTimeout as sleep } from 'node:timers/promises';
import { type BackgroundService, type Gauge, Metrics, Service } from '@eggybyte/core';
import { UserRepository } from './user.repository.js';

const INTERVAL_MS = 10_000;

/** Counts the users now and then and tells it as a metric. The signal aborts when draining begins. */
@Service({ stopTimeout: '2s' })
export class UserCensus implements BackgroundService {
  readonly #registered: Gauge;

  constructor(
    metrics: Metrics,
    private readonly users: UserRepository,
  ) {
    this.#registered = metrics.gauge('users_registered', 'Registered users');
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#registered.set(await this.users.count());
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
