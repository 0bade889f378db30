import { setTimeout as sleep } from 'node:timers/promises';
import { type BackgroundService, type Gauge, Metrics, Service } from '@eggybyte/core';
import { Logger } from '@nestjs/common';
import { UserRepository } from './user.repository.js';

const INTERVAL_MS = 10_000;

/** Counts the users now and then and tells it as a metric. The signal aborts when draining begins. */
@Service({ stopTimeout: '2s' })
export class UserCensus implements BackgroundService {
  readonly #logger = new Logger(UserCensus.name);
  readonly #registered: Gauge;

  constructor(
    metrics: Metrics,
    private readonly users: UserRepository,
  ) {
    this.#registered = metrics.gauge('users_registered', 'Registered users');
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#count();
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The next count makes up for one that fails, as in an outage of the database; a `run` that rejects ends the process. */
  async #count(): Promise<void> {
    try {
      this.#registered.set(await this.users.count());
    } catch (error) {
      this.#logger.warn({ msg: 'the users could not be counted', err: error });
    }
  }
}
