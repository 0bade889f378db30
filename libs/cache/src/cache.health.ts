import { EggyError, messageOf } from '@eggybyte/errors';
import { HealthChecker } from '@eggybyte/observability';
import { CacheDriver } from './cache-driver.js';
import { CacheUnavailableError } from './cache.errors.js';

/** Fails while any server of the cache is down. Never critical: the service works without, only slower. */
@HealthChecker({ name: 'cache', critical: false })
export class CacheHealthChecker implements HealthChecker {
  constructor(private readonly driver: CacheDriver) {}

  /** @throws CacheUnavailableError, which names the servers. */
  async check(): Promise<void> {
    const endpoints = await this.driver.health();
    const down = endpoints.filter(({ up }) => !up);
    if (down.length === 0) return;
    const errors = down.map(({ error }) => error).filter((error) => error !== undefined);
    const reasons = errors.map((error) => (error instanceof EggyError ? (error.why ?? error.what) : messageOf(error)));
    throw new CacheUnavailableError(
      'down',
      `${down.length} of ${endpoints.length} cache servers are down: ${down.map(({ endpoint }) => endpoint).join(', ')}`,
      { why: reasons.join('; '), cause: errors[0] },
    );
  }
}
