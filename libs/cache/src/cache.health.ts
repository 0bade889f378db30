import { EggyError, messageOf } from '@eggybyte/errors';
import { HealthChecker } from '@eggybyte/observability';
import { CacheDriver } from './cache-driver.js';
import { type CacheFailure, CacheUnavailableError } from './cache.errors.js';

/** Fails while any server of the cache is down. Never critical: the service works without, only slower. */
@HealthChecker({ name: 'cache', critical: false })
export class CacheHealthChecker implements HealthChecker {
  constructor(private readonly driver: CacheDriver) {}

  /** @throws CacheUnavailableError, which names the servers. */
  async check(signal: AbortSignal): Promise<void> {
    const endpoints = await untilAborted(this.driver.health(), signal);
    const down = endpoints.filter(({ up }) => !up);
    if (down.length === 0) return;
    const errors = down.map(({ error }) => error).filter((error) => error !== undefined);
    const reasons = errors.map((error) => (error instanceof EggyError ? (error.why ?? error.what) : messageOf(error)));
    throw new CacheUnavailableError(
      commonReason(errors),
      `${down.length} of ${endpoints.length} cache servers are down: ${down.map(({ endpoint }) => endpoint).join(', ')}`,
      { why: reasons.join('; '), cause: errors[0] },
    );
  }
}

/** What to do differs: the one that all servers are down for. */
function commonReason(errors: readonly unknown[]): CacheFailure {
  const reasons = new Set(errors.map((error) => (error instanceof CacheUnavailableError ? error.reason : 'down')));
  const [reason = 'down'] = reasons;
  return reasons.size === 1 && (reason === 'tls' || reason === 'auth') ? reason : 'down';
}

/** The driver has deadlines of its own; a stop does not wait for them. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([given, work]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
