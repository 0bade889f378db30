import { ArgumentError, messageOf } from '@eggybyte/errors';
import type { Metrics, Tracer } from '@eggybyte/observability';
import { Logger } from '@nestjs/common';
import type { CacheDriver } from './cache-driver.js';
import { CacheMetrics, type CacheOperation, type CacheResult, type LoadResult } from './cache-metrics.js';
import { CacheSpans } from './cache-spans.js';
import { CacheUnavailableError, CacheValueError, CacheValueTooLargeError } from './cache.errors.js';
import { FailureLog } from './failure-log.js';

/** What an operation came to, and the result that it is counted as. */
interface Outcome<T> {
  value: T;
  result: CacheResult;
}

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
    this.metrics = new CacheMetrics(metrics, driver);
    this.#spans = new CacheSpans(tracer, driver);
  }

  /**
   * What `read` makes of the bytes; `undefined` when there are none, when `read` makes nothing of them, and when it
   * throws as they are not ours.
   */
  async get<T>(key: string, operation: CacheOperation, read: (bytes: Buffer) => T | undefined): Promise<T | undefined> {
    return this.#attempt<T | undefined>(operation, key, undefined, async () => {
      const bytes = await this.driver.get(key);
      return bytes ? readOutcome(bytes, read) : { value: undefined, result: 'miss' };
    });
  }

  /** What was found and could be read, by key; each server is a read of its own. */
  async getMulti<T>(keys: readonly string[], read: (bytes: Buffer) => T | undefined): Promise<Map<string, T>> {
    const distinct = new Set(keys);
    if (distinct.size === 0) return new Map();
    if (this.driver.endpoints.length <= 1) return this.#getGroup([...distinct], read);
    const groups = Map.groupBy(distinct, (key) => this.driver.serverOf(key));
    const found = await Promise.all([...groups.values()].map((group) => this.#getGroup(group, read)));
    return new Map(found.flatMap((values) => [...values]));
  }

  /** `true` when it was stored. One that is too large leaves nothing, as what was there is no longer right. */
  async set(key: string, value: Buffer, ttlMs: number | undefined): Promise<boolean> {
    return this.#attempt('set', key, false, async () => {
      try {
        await this.driver.set(key, value, ttlMs);
      } catch (error) {
        if (error instanceof CacheValueTooLargeError) await this.driver.delete(key).catch(() => undefined);
        throw error;
      }
      return { value: true, result: 'ok' };
    });
  }

  /** Whether it was stored, as there was none; `undefined` when that could not be done. */
  async add(key: string, value: Buffer, ttlMs: number): Promise<boolean | undefined> {
    return this.#attempt<boolean | undefined>('add', key, undefined, async () =>
      stored(await this.driver.add(key, value, ttlMs)),
    );
  }

  /** Whether it was stored in the place of exactly `former`. */
  async replace(key: string, former: Buffer, value: Buffer, ttlMs: number): Promise<boolean> {
    return this.#attempt('replace', key, false, async () =>
      stored(await this.driver.replace(key, former, value, ttlMs)),
    );
  }

  /** `true` when there was something, which now has its time from here. */
  async touch(key: string, ttlMs: number): Promise<boolean> {
    return this.#attempt('touch', key, false, async () => {
      const value = await this.driver.touch(key, ttlMs);
      return { value, result: value ? 'ok' : 'miss' };
    });
  }

  /**
   * `true` when the key is certainly gone, also if it was not there.
   *
   * @throws CacheUnavailableError when it is required.
   */
  async delete(key: string, required = false): Promise<boolean> {
    const remove = async (): Promise<Outcome<boolean>> => {
      await this.driver.delete(key);
      return { value: true, result: 'ok' };
    };
    return this.#attempt('delete', key, false, remove, required);
  }

  /** The sum; `undefined` when it could not be counted. */
  async increment(key: string, by: number, ttlMs: number): Promise<number | undefined> {
    return this.#attempt<number | undefined>('increment', key, undefined, async () => ({
      value: await this.driver.increment(key, by, ttlMs),
      result: 'ok',
    }));
  }

  /** What is left; `undefined` when it could not be counted. */
  async decrement(key: string, by: number): Promise<number | undefined> {
    return this.#attempt<number | undefined>('decrement', key, undefined, async () => ({
      value: await this.driver.decrement(key, by),
      result: 'ok',
    }));
  }

  countLoad(result: LoadResult): void {
    this.metrics.countLoad(result);
  }

  /** @param keys of one server. */
  async #getGroup<T>(keys: readonly string[], read: (bytes: Buffer) => T | undefined): Promise<Map<string, T>> {
    const values = new Map<string, T>();
    const server = this.driver.serverOf(keys[0] ?? '');
    return this.#attempt('getMany', keys[0] ?? '', values, async () => {
      let missed = keys.length;
      for (const [key, bytes] of await this.driver.getMulti(keys)) {
        const { value, result } = readOutcome(bytes, read);
        if (value !== undefined) values.set(key, value);
        if (result === 'miss') continue;
        missed--;
        if (result === 'corrupt') this.metrics.count('getMany', result, server);
      }
      this.metrics.count('getMany', 'miss', server, missed);
      return { value: values, result: 'hit' };
    });
  }

  async #attempt<T>(
    operation: CacheOperation,
    key: string,
    fallback: T,
    work: () => Promise<Outcome<T>>,
    required = false,
  ): Promise<T> {
    const server = this.driver.serverOf(key);
    const began = performance.now();
    const span = this.#spans.begin(operation, server);
    let failure: CacheResult | undefined;
    try {
      const { value, result } = await work();
      this.metrics.count(operation, result, server, value instanceof Map ? value.size : 1);
      this.#failures.worked();
      return value;
    } catch (error) {
      failure = resultOf(error);
      if (error instanceof ArgumentError || error instanceof CacheValueError) throw error;
      this.metrics.count(operation, failure, server);
      if (error instanceof CacheValueTooLargeError) this.#tellOfSize(error);
      else this.#failures.failed(operation, error);
      if (required) throw error;
      return fallback;
    } finally {
      this.metrics.time(operation, server, performance.now() - began);
      span?.end({ error: failure });
    }
  }

  /** No outage, but the key will never be cached: said once, counted always. */
  #tellOfSize(error: CacheValueTooLargeError): void {
    if (!this.#toldOfSize) this.#logger.warn(messageOf(error));
    this.#toldOfSize = true;
  }
}

function readOutcome<T>(bytes: Buffer, read: (bytes: Buffer) => T | undefined): Outcome<T | undefined> {
  try {
    const value = read(bytes);
    return { value, result: value === undefined ? 'miss' : 'hit' };
  } catch {
    return { value: undefined, result: 'corrupt' };
  }
}

function stored(value: boolean): Outcome<boolean> {
  return { value, result: value ? 'ok' : 'taken' };
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
      return 'bypassed';
    case 'protocol':
    case 'refused':
      return 'error';
  }
}
