import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheService } from '@eggybyte/cache';

/** A value that tells whose it is, and whether it is whole. */
export interface KeyedValue {
  key: string;
  length: number;
  filler: string;
}

export interface LoadTally {
  operations: number;
  /** Values that came from the cache. */
  found: number;
  /** What was read under a key that is none of its values. */
  wrong: unknown[];
  /** What no operation may do, whatever happens to the server. */
  rejected: unknown[];
  longestMs: number;
}

const KEYS = Array.from({ length: 40 }, (_, index) => `key:${index}`);
/** Larger than what arrives in one packet. */
const LARGEST = 20_000;

export function keyedValue(key: string, length = Math.floor(Math.random() * LARGEST)): KeyedValue {
  return { key, length, filler: 'x'.repeat(length) };
}

function any<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)] as T;
}

/** Callers that use one cache all the time, each with one operation after the other. */
export class KeyedLoad implements Disposable {
  readonly tally: LoadTally = { operations: 0, found: 0, wrong: [], rejected: [], longestMs: 0 };
  readonly #callers: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly cache: CacheService,
    callers = 16,
  ) {
    this.#callers = Array.from({ length: callers }, () => this.#call());
  }

  /** Resolves once every operation has settled. */
  async stop(): Promise<LoadTally> {
    this.#stopped = true;
    await Promise.all(this.#callers);
    return this.tally;
  }

  /** Lets a test that has failed end, also when operations hang. */
  [Symbol.dispose](): void {
    this.#stopped = true;
  }

  async #call(): Promise<void> {
    const operations = [
      async (key: string) => void (await this.cache.set(key, keyedValue(key))),
      async (key: string) => this.#found(key, await this.cache.get<KeyedValue>(key)),
      async () => {
        for (const [key, value] of await this.cache.getMany<KeyedValue>(KEYS)) this.#found(key, value);
      },
      async (key: string) => {
        let loaded = false;
        const load = () => ((loaded = true), keyedValue(key));
        const value = await this.cache.getOrSet(key, '1m', load);
        this.#check(key, value);
        if (!loaded) this.tally.found++;
      },
      async (key: string) => void (await this.cache.delete(key)),
      async (key: string) => void (await this.cache.increment(`count:${key}`)),
    ];
    while (!this.#stopped) {
      const began = performance.now();
      try {
        await any(operations)(any(KEYS));
      } catch (error) {
        this.tally.rejected.push(error);
      }
      this.tally.operations++;
      this.tally.longestMs = Math.max(this.tally.longestMs, performance.now() - began);
      // What is answered at once would keep everything else in this process waiting.
      await nextTurn();
    }
  }

  #found(key: string, value: KeyedValue | undefined): void {
    if (!value) return;
    this.tally.found++;
    this.#check(key, value);
  }

  #check(key: string, value: KeyedValue): void {
    const { key: owner, length, filler } = value;
    if (owner !== key || filler.length !== length) this.tally.wrong.push({ key, owner, length, got: filler.length });
  }
}
