import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheService } from '@eggybyte/cache';

export interface VersionTally {
  /** Reads that found the last value written. */
  found: number;
  /** Reads that found anything else. */
  old: unknown[];
  rejected: unknown[];
}

const KEYS_EACH = 5;

/**
 * Callers that each write, remove and read keys which nobody else writes, one operation after the other: what a read
 * finds is what was written last, or nothing, whichever of the writes have failed.
 */
export class VersionedLoad implements Disposable {
  readonly tally: VersionTally = { found: 0, old: [], rejected: [] };
  readonly #callers: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly cache: CacheService,
    callers = 12,
  ) {
    this.#callers = Array.from({ length: callers }, (_, caller) => this.#call(caller));
  }

  /** Resolves once every operation has settled. */
  async stop(): Promise<VersionTally> {
    this.#stopped = true;
    await Promise.all(this.#callers);
    return this.tally;
  }

  /** Lets a test that has failed end, also when operations hang. */
  [Symbol.dispose](): void {
    this.#stopped = true;
  }

  async #call(caller: number): Promise<void> {
    const versions = new Map<string, number | undefined>();
    for (let version = 1; !this.#stopped; version++) {
      const key = `caller:${caller}:${Math.floor(Math.random() * KEYS_EACH)}`;
      try {
        await this.#use(key, version, versions);
      } catch (error) {
        this.tally.rejected.push(error);
      }
      await nextTurn();
    }
  }

  async #use(key: string, version: number, versions: Map<string, number | undefined>): Promise<void> {
    const dice = Math.random();
    if (dice < 0.2) {
      versions.set(key, version);
      await this.cache.set(key, version);
    } else if (dice < 0.3) {
      versions.delete(key);
      await this.cache.delete(key);
    } else if (dice < 0.5) {
      const value = await this.cache.getOrSet(key, '1m', () => version);
      if (value === version) versions.set(key, version);
      else this.#found(key, value, versions.get(key));
    } else {
      const value = dice < 0.6 ? (await this.cache.getMany([key])).get(key) : await this.cache.get(key);
      if (value !== undefined) this.#found(key, value, versions.get(key));
    }
  }

  #found(key: string, found: unknown, written: number | undefined): void {
    if (found === written) this.tally.found++;
    else this.tally.old.push({ key, found, written });
  }
}
