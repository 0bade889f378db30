import type { ConfigShape } from '../config-shape.js';
import type { ConfigState, Snapshot, WatchedLayers } from '../config-state.js';
import { sameValue } from '../same-value.js';
import type { WatchedSource } from '../watch/watched-source.js';
import { layerOf, namesOf, type Texts } from './watched-layer.js';

/**
 * Which variables the next start would give another value than they have.
 *
 * What the configuration was loaded from is read again, so that it does not matter when it changed. From any other
 * source, as a ConfigMap of the API, nothing was loaded: a text of it takes effect by a restart only where the
 * environment is made of it. So there it is one that differs from what was told first, and from the value in force.
 */
export class RestartNeeds {
  readonly #state: ConfigState;
  readonly #shape: ConfigShape;
  readonly #fixed: ReadonlySet<string>;
  readonly #first = new Map<WatchedSource, Texts>();

  constructor(state: ConfigState, shape: ConfigShape) {
    this.#state = state;
    this.#shape = shape;
    this.#fixed = namesOf(shape, (name) => shape[name]?.reloadable !== true);
  }

  /** Names in the order of the alphabet, from what each source told last. */
  names(told: ReadonlyMap<WatchedSource, Texts>): readonly string[] {
    const others = [...told].filter(([source]) => !this.#isLoadedFrom(source));
    for (const [source, texts] of others) if (!this.#first.has(source)) this.#first.set(source, texts);
    const changed = this.#names((name) => others.some(([source, texts]) => this.#hasChanged(name, source, texts)));
    const start = this.#read([]);
    const layers = others.map(([source, texts]) => layerOf(source, texts, this.#fixed));
    const made = changed.length > 0 ? this.#read(layers) : start;
    return this.#names((name) => this.#differs(name, start) || (changed.includes(name) && this.#differs(name, made)));
  }

  #names(isMeant: (name: string) => boolean): string[] {
    const names = Object.keys(this.#shape).filter((name) => this.#fixed.has(name) && isMeant(name));
    return names.toSorted((a, b) => a.localeCompare(b));
  }

  #isLoadedFrom({ directory }: WatchedSource): boolean {
    return directory !== undefined && directory === this.#state.mounted;
  }

  #hasChanged(name: string, source: WatchedSource, texts: Texts): boolean {
    const first = this.#first.get(source);
    return [name, ...(this.#shape[name]?.aliases ?? [])].some((each) => texts[each] !== first?.[each]);
  }

  #differs(name: string, { values, origins }: Snapshot): boolean {
    const { current } = this.#state;
    // A default may be made anew each time, such as an id of the process.
    const isDefault = origins[name]?.source === 'default' && current.origins[name]?.source === 'default';
    return !isDefault && !sameValue(values[name], current.values[name]);
  }

  /** What is in force where there would be no start. */
  #read(layers: WatchedLayers['layers']): Snapshot {
    try {
      return this.#state.reread?.({ layers, overrideEnv: true }) ?? this.#state.current;
    } catch {
      return this.#state.current;
    }
  }
}
