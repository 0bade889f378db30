import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@eggybyte/errors';
import { Logger } from '@nestjs/common';
import { type EntryTimes, isFresh, leaseEntry, nothingEntry, parseEntry, timedEntry } from './cache-entry.js';
import { CacheLoadTimeoutError } from './cache.errors.js';
import { MAX_VALUE_BYTES } from './cache.options.js';
import { within } from './deadline.js';
import type { FailOpenDriver } from './fail-open-driver.js';
import type { Flight } from './flights.js';
import type { ResolvedLoad } from './load-options.js';
import { decodeValue, encodeValue } from './value-codec.js';

/** Gets a signal that aborts when it has taken too long. */
export type Load<T> = (signal: AbortSignal) => T | Promise<T>;

/** A value, and its bytes where there are some: each of those who share it decodes one of its own. */
export interface Loaded {
  value: unknown;
  bytes?: Buffer;
}

/** What is stored under a key and cannot be taken as it is. */
interface Found {
  fresh?: Loaded | undefined;
  /** The whole entry; `undefined` when there is none, or none that can be read. */
  raw?: Buffer;
  isLeased?: boolean;
  stale?: Stale;
}

interface Stale {
  bytes: Buffer;
  times: EntryTimes;
}

interface Claim {
  found: Found;
  /** What has to be there still when the value is stored. */
  token?: Buffer;
}

type Store = (entry: Buffer, lifetimeMs: number) => Promise<void>;

/** Loads that begin together must not end together: each value lives up to this share less than asked for. */
const JITTER = 0.1;
/** A value that is over and could not be loaded is not loaded again for this time. */
const STALE_PAUSE_MS = 1000;
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 200;
/** With more in it a lease would be too large itself. */
const LARGEST_KEPT = MAX_VALUE_BYTES - 1000;

/** Finds values, and loads and stores them where there are none. It knows nothing of transactions and of other callers. */
export class CacheLoader {
  readonly #logger = new Logger('CacheService');

  constructor(private readonly driver: FailOpenDriver) {}

  /** What is stored and not over. */
  async find(key: string, options: ResolvedLoad): Promise<Loaded | undefined> {
    return (await this.#find(key, options)).fresh;
  }

  /** @throws what the load throws, CacheLoadTimeoutError */
  async load<T>(load: Load<T>, { timeoutMs }: ResolvedLoad): Promise<T> {
    const giveUp = new AbortController();
    if (timeoutMs === undefined) return load(giveUp.signal);
    try {
      return await within(
        timeoutMs,
        () => new CacheLoadTimeoutError(timeoutMs),
        () => load(giveUp.signal),
      );
    } catch (error) {
      // Only now: a load that ends by its signal must not be what has failed.
      if (error instanceof CacheLoadTimeoutError) giveUp.abort(error);
      throw error;
    }
  }

  /** What is stored, else what is loaded, which is then stored unless the flight is grounded. */
  async fill<T>(flight: Flight, key: string, ttlMs: number, load: Load<T>, options: ResolvedLoad): Promise<Loaded> {
    const found = await this.#find(key, options);
    if (found.fresh) return found.fresh;
    const claim = options.leaseMs === undefined ? { found } : await this.#claim(key, options.leaseMs, found, options);
    if (claim.found.fresh) return claim.found.fresh;
    const store: Store = async (entry, lifetimeMs) => {
      if (flight.grounded) return;
      flight.write = claim.token
        ? this.driver.replace(key, claim.token, entry, lifetimeMs)
        : this.driver.set(key, entry, lifetimeMs);
      await flight.write;
    };
    let value: T;
    try {
      value = await this.load(load, options);
      this.driver.countLoad('ok');
    } catch (error) {
      this.driver.countLoad(error instanceof CacheLoadTimeoutError ? 'timeout' : 'error');
      if (claim.found.stale) return this.#useStale(flight, key, claim, claim.found.stale, error, options);
      await this.#release(key, claim);
      throw error;
    }
    try {
      const bytes = await storeLoaded(value, ttlMs, store, options);
      if (!bytes && options.negativeMs === undefined) await this.#release(key, claim);
      return bytes ? { value, bytes } : { value };
    } catch (error) {
      await this.#release(key, claim);
      throw error;
    }
  }

  async #useStale(
    flight: Flight,
    key: string,
    { token, found: { raw } }: Claim,
    { bytes, times }: Stale,
    error: unknown,
    options: ResolvedLoad,
  ): Promise<Loaded> {
    this.driver.countLoad('stale');
    this.#logger.warn(`A value that is over is used again, as it could not be loaded: ${messageOf(error)}`);
    const former = token ?? raw;
    if (former && !flight.grounded) {
      const again = timedEntry(bytes, { ...times, freshUntil: Date.now() + STALE_PAUSE_MS });
      // Only in its own place: another process may have loaded a newer one.
      flight.write = this.driver.replace(key, former, again, Math.max(1, Math.ceil(times.staleUntil - Date.now())));
      await flight.write;
    }
    return { value: decodeValue(bytes, options.as), bytes };
  }

  /** Lets others load. */
  async #release(key: string, { token }: Claim): Promise<void> {
    if (token) await this.driver.delete(key);
  }

  /** What another process has loaded meanwhile, or the right to load, with a token where the cache could give one. */
  async #claim(key: string, leaseMs: number, first: Found, options: ResolvedLoad): Promise<Claim> {
    const until = performance.now() + leaseMs;
    let found = first;
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
      if (!found.isLeased) {
        const token = leaseEntry(found.raw && found.raw.length < LARGEST_KEPT ? found.raw : undefined);
        const isOurs = found.raw
          ? await this.driver.replace(key, found.raw, token, leaseMs)
          : await this.driver.add(key, token, leaseMs);
        if (isOurs) return { found, token };
        if (isOurs === undefined) return { found };
      }
      if (performance.now() >= until) return { found };
      await sleep(lookMs * (0.5 + Math.random() / 2));
      found = await this.#find(key, options);
      if (found.fresh) return { found };
    }
  }

  async #find(key: string, { as }: ResolvedLoad): Promise<Found> {
    const found: Found = {};
    found.fresh = await this.driver.get(key, 'get', (raw) => {
      const entry = parseEntry(raw);
      found.raw = raw;
      if (entry.kind === 'nothing') return { value: undefined };
      const isLeased = entry.kind === 'lease';
      found.isLeased = isLeased;
      const kept = isLeased ? entry.former && parseEntry(entry.former) : entry;
      if (kept?.kind !== 'value') return undefined;
      if (!isLeased && isFresh(kept.times)) return { value: decodeValue(kept.value, as), bytes: kept.value };
      if (kept.times && kept.times.staleUntil > Date.now()) found.stale = { bytes: kept.value, times: kept.times };
      return undefined;
    });
    return found;
  }
}

/** @returns the bytes of the value; `undefined` for nothing. */
async function storeLoaded(
  value: unknown,
  ttlMs: number,
  store: Store,
  { as, negativeMs, staleMs }: ResolvedLoad,
): Promise<Buffer | undefined> {
  if (value === undefined) {
    if (negativeMs !== undefined) await store(nothingEntry(), jittered(negativeMs));
    return undefined;
  }
  const bytes = encodeValue(value, as);
  const isNothing = value === null && negativeMs !== undefined;
  const freshMs = jittered(isNothing ? negativeMs : ttlMs);
  if (staleMs === 0 || isNothing) {
    await store(bytes, freshMs);
    return bytes;
  }
  const freshUntil = Date.now() + freshMs;
  await store(timedEntry(bytes, { freshUntil, staleUntil: freshUntil + staleMs }), freshMs + staleMs);
  return bytes;
}

function jittered(ttlMs: number): number {
  return Math.max(1, Math.round(ttlMs * (1 - Math.random() * JITTER)));
}
