import { ArgumentError, messageOf } from '@eggybyte/errors';
import type { Metrics, Tracer } from '@eggybyte/observability';
import { Logger } from '@nestjs/common';
import type { CacheDriver } from './cache-driver.js';
import { CacheMetrics, type CacheOperation, type CacheResult } from './cache-metrics.js';
import { CacheSpans } from './cache-spans.js';
import { CacheUnavailableError, CacheValueError, CacheValueTooLargeError } from './cache.errors.js';
import { FailureLog } from './failure-log.js';

/**
 * A driver whose outage is nobody's error: a read that fails is a miss, a write that fails is `false`, and both are
 * counted. Mistakes of the caller (`ArgumentError`, `CacheValueError`) still reject.
 */
export class FailOpenDriver {
  readonly #logger = new Logger('CacheService');
  readonly #failures = new FailureLog(this.#logger);
  private readonly metrics: CacheMetrics;
  readonly #spans: CacheSpans;
  #toldOfSize = false;

  constructor(
    private readonly driver: CacheDriver,
    metrics?: Metrics,
    tracer?: Tracer,
  ) {
    this.metrics = new CacheMetrics(metrics);
    this.#spans = new CacheSpans(tracer, driver);
  }

  /** What `read` makes of the bytes; `undefined` when there are none, or when `read` throws as they are not ours. */
  async get<T>(key: string, operation: CacheOperation, read: (bytes: Buffer) => T): Promise<T | undefined> {
    return this.#attempt<T | undefined>(operation, undefined, async () => {
      const bytes = await this.driver.get(key);
      const found = bytes && this.#read(operation, bytes, read);
      if (found) return found.value;
      if (!bytes) this.metrics.count(operation, 'miss');
      return undefined;
    });
  }

  /** What was found and could be read, by key. */
  async getMulti<T>(keys: readonly string[], read: (bytes: Buffer) => T): Promise<Map<string, T>> {
    return this.#attempt('getMany', new Map<string, T>(), async () => {
      const values = new Map<string, T>();
      const stored = await this.driver.getMulti(keys);
      for (const [key, bytes] of stored) {
        const found = this.#read('getMany', bytes, read);
        if (found) values.set(key, found.value);
      }
      this.metrics.count('getMany', 'miss', keys.length - stored.size);
      return values;
    });
  }

  /** `true` when it was stored. */
  async set(key: string, value: Buffer, ttlMs: number | undefined): Promise<boolean> {
    return this.#attempt('set', false, async () => {
      await this.driver.set(key, value, ttlMs);
      this.metrics.count('set', 'ok');
      return true;
    });
  }

  /** `true` when the key is certainly gone, also if it was not there. */
  async delete(key: string): Promise<boolean> {
    return this.#attempt('delete', false, async () => {
      await this.driver.delete(key);
      this.metrics.count('delete', 'ok');
      return true;
    });
  }

  /** The sum; `undefined` when it could not be counted. */
  async increment(key: string, by: number, ttlMs: number): Promise<number | undefined> {
    return this.#attempt<number | undefined>('increment', undefined, async () => {
      const sum = await this.driver.increment(key, by, ttlMs);
      this.metrics.count('increment', 'ok');
      return sum;
    });
  }

  async #attempt<T>(operation: CacheOperation, fallback: T, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const span = this.#spans.begin(operation);
    let failure: CacheResult | undefined;
    try {
      const value = await work();
      this.#failures.worked();
      return value;
    } catch (error) {
      failure = resultOf(error);
      if (error instanceof ArgumentError || error instanceof CacheValueError) throw error;
      this.metrics.count(operation, failure);
      if (error instanceof CacheValueTooLargeError) this.#tellOfSize(error);
      else this.#failures.failed(operation, error);
      return fallback;
    } finally {
      this.metrics.time(operation, performance.now() - began);
      span?.end({ error: failure });
    }
  }

  #read<T>(operation: CacheOperation, bytes: Buffer, read: (bytes: Buffer) => T): { value: T } | undefined {
    try {
      const value = read(bytes);
      this.metrics.count(operation, 'hit');
      return { value };
    } catch {
      this.metrics.count(operation, 'corrupt');
      return undefined;
    }
  }

  /** No outage, but the key will never be cached: said once, counted always. */
  #tellOfSize(error: CacheValueTooLargeError): void {
    if (!this.#toldOfSize) this.#logger.warn(messageOf(error));
    this.#toldOfSize = true;
  }
}

function resultOf(error: unknown): CacheResult {
  if (error instanceof CacheValueTooLargeError) return 'too_large';
  if (!(error instanceof CacheUnavailableError)) return 'error';
  switch (error.reason) {
    case 'timeout':
      return 'timeout';
    case 'down':
    case 'tls':
    case 'auth':
    case 'busy':
    case 'closed':
      return 'unavailable';
    case 'protocol':
    case 'refused':
      return 'error';
  }
}
