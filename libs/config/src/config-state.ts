import type { ConfigWarning } from './config-problem.js';
import type { TextLayer } from './config-sources.js';
import type { Provenance } from './provenance.js';
import { sameValue } from './same-value.js';

/** One generation of a configuration. Immutable as a whole. */
export interface Snapshot {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, Provenance>>;
  readonly warnings: readonly ConfigWarning[];
}

/** What a reload has changed. */
export interface SnapshotChange {
  /** Counts from 1, which is the generation that was loaded first. */
  readonly generation: number;
  /** Names of the variables whose values differ. */
  readonly changed: readonly string[];
  readonly before: Snapshot;
  readonly now: Snapshot;
}

/** Where the texts of watched sources stand among the others. */
export interface WatchedLayers {
  /** The strongest first. */
  readonly layers: readonly TextLayer[];
  /** Whether they are stronger than the environment. */
  readonly overrideEnv: boolean;
}

/** Reads all sources again, with these texts among them. @throws ConfigInvalidError */
export type Reread = (watched: WatchedLayers) => Snapshot;

/** Holds the current snapshot; every read of a configuration goes through it. */
export class ConfigState {
  #current: Snapshot;
  #generation = 1;
  readonly #listeners = new Set<(change: SnapshotChange) => void>();

  constructor(
    first: Snapshot,
    /** Absent where a configuration was not read from sources. */
    readonly reread?: Reread,
    /** Absolute path of the directory that it was loaded from, among others. */
    readonly mounted?: string,
  ) {
    this.#current = first;
  }

  get current(): Snapshot {
    return this.#current;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Makes another snapshot the current one, at once and as a whole; nothing happens where no value differs. */
  swap(now: Snapshot): SnapshotChange | undefined {
    const before = this.#current;
    const changed = Object.keys(now.values).filter((name) => !sameValue(before.values[name], now.values[name]));
    if (changed.length === 0) return undefined;
    this.#current = now;
    this.#generation++;
    const change = { generation: this.#generation, changed, before, now };
    for (const listener of this.#listeners) listener(change);
    return change;
  }

  /** Calls `listener`, which must not throw, at each swap; the result ends it. */
  onSwap(listener: (change: SnapshotChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
