import { type AnyConfigClass, type LoadedConfig, stateOf } from '../config-class.js';
import type { ConfigProblem } from '../config-problem.js';
import type { ConfigShape } from '../config-shape.js';
import type { TextLayer } from '../config-sources.js';
import type { ConfigState, Snapshot } from '../config-state.js';
import { ConfigInvalidError } from '../config.errors.js';
import type { SourceTexts, WatchedSource } from '../watch/watched-source.js';
import type { ReloadEvent, ReloadListener } from './reload-events.js';
import { logReloadEvent } from './reload-log.js';

type Texts = Readonly<Record<string, string>>;

export interface ConfigReloadOptions {
  /** The strongest first. */
  sources: readonly WatchedSource[];
  /** Whether what is watched is stronger than the environment. @default true */
  overrideEnv?: boolean;
}

/**
 * Keeps a loaded configuration up to date. A reload is all or nothing: every source is read again and everything is
 * checked; only then the snapshot is replaced, as a whole. Otherwise the old one stays, and one event tells why.
 *
 * Variables that are not `reloadable` keep their values; a change of one is told as `restart.required`.
 */
export class ConfigReload {
  readonly #state: ConfigState;
  readonly #shape: ConfigShape;
  readonly #reloadable: ReadonlySet<string>;
  readonly #declared: ReadonlySet<string>;
  readonly #sources: readonly WatchedSource[];
  readonly #overrideEnv: boolean;
  /** What each source told last, if it was accepted. */
  readonly #texts = new Map<WatchedSource, Texts>();
  /** What it told first: what a restart would differ from. */
  readonly #first = new Map<WatchedSource, Texts>();
  readonly #listeners = new Set<ReloadListener>([logReloadEvent]);
  #restartRequired: readonly string[] = [];

  constructor(config: LoadedConfig, { sources, overrideEnv = true }: ConfigReloadOptions) {
    this.#state = stateOf(config);
    this.#shape = (config.constructor as unknown as AnyConfigClass).schema;
    this.#declared = namesOf(this.#shape, () => true);
    this.#reloadable = namesOf(this.#shape, (name) => this.#shape[name]?.reloadable === true);
    this.#sources = sources;
    this.#overrideEnv = overrideEnv;
  }

  /** Counts from 1. */
  get generation(): number {
    return this.#state.generation;
  }

  /** Names of the variables that take another value with the next start only. */
  get restartRequired(): readonly string[] {
    return this.#restartRequired;
  }

  /** Calls `listener`, which must not throw, for each event; the result ends it. */
  onEvent(listener: ReloadListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Begins to watch. */
  start(): void {
    for (const source of this.#sources) {
      source.start({
        onTexts: (texts) => this.#update(source, texts),
        onTrouble: (trouble) => this.#emit({ kind: 'source.trouble', source: source.name, trouble }),
      });
    }
  }

  /** Resolves when nothing is watched any more. Never rejects. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#sources.map((source) => source.stop()));
  }

  #update(source: WatchedSource, { texts, version }: SourceTexts): void {
    const before = this.#texts.get(source);
    this.#texts.set(source, texts);
    try {
      const next = this.#candidate();
      if (!this.#first.has(source)) this.#first.set(source, texts);
      const change = this.#state.swap(next);
      if (change) {
        const { generation, changed } = change;
        this.#emit({ kind: 'reload.applied', source: source.name, version, generation, changed });
      } else this.#emit({ kind: 'reload.unchanged', source: source.name, version });
      this.#compare();
    } catch (error) {
      if (before) this.#texts.set(source, before);
      else this.#texts.delete(source);
      this.#emit({ kind: 'reload.refused', source: source.name, version, problems: problemsOf(error) });
    }
  }

  /** @throws ConfigInvalidError also for what only the next start would meet: it would not come up. */
  #candidate(): Snapshot {
    const whole = attempt(() => this.#reread(this.#declared));
    const part = attempt(() => this.#reread(this.#reloadable));
    if (!whole.snapshot || !part.snapshot)
      throw new ConfigInvalidError(distinct([...part.problems, ...whole.problems]));
    const { current } = this.#state;
    const values: Record<string, unknown> = { ...current.values };
    const origins = { ...current.origins };
    for (const name of Object.keys(this.#shape).filter((each) => this.#reloadable.has(each))) {
      values[name] = part.snapshot.values[name];
      origins[name] = part.snapshot.origins[name] ?? { source: 'unset', name };
    }
    return Object.freeze({
      values: Object.freeze(values),
      origins: Object.freeze(origins),
      warnings: part.snapshot.warnings,
    });
  }

  #reread(names: ReadonlySet<string>): Snapshot {
    const layers = this.#sources.flatMap((source) => {
      const texts = this.#texts.get(source);
      return texts ? [layerOf(source, texts, names)] : [];
    });
    if (!this.#state.reread) return this.#state.current;
    return this.#state.reread({ layers, overrideEnv: this.#overrideEnv });
  }

  #compare(): void {
    const differing = new Set<string>();
    for (const [source, first] of this.#first) {
      const texts = this.#texts.get(source) ?? first;
      for (const name of this.#declared) {
        if (!this.#reloadable.has(name) && texts[name] !== first[name]) differing.add(name);
      }
    }
    const names = [...differing].toSorted((a, b) => a.localeCompare(b));
    if (names.join() === this.#restartRequired.join()) return;
    this.#restartRequired = names;
    this.#emit({ kind: 'restart.required', names });
  }

  #emit(event: ReloadEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Names and aliases of the variables that are meant. */
function namesOf(shape: ConfigShape, isMeant: (name: string) => boolean): ReadonlySet<string> {
  const meant = Object.entries(shape).filter(([name]) => isMeant(name));
  return new Set(meant.flatMap(([name, { aliases }]) => [name, ...aliases]));
}

function layerOf({ name: path }: WatchedSource, texts: Texts, names: ReadonlySet<string>): TextLayer {
  const chosen = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(texts)) if (names.has(name)) chosen[name] = text;
  return { source: 'watched', path, directory: '', texts: chosen };
}

interface Attempt {
  snapshot?: Snapshot;
  problems: readonly ConfigProblem[];
}

function attempt(read: () => Snapshot): Attempt {
  try {
    return { snapshot: read(), problems: [] };
  } catch (error) {
    return { problems: problemsOf(error) };
  }
}

function problemsOf(error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigInvalidError) return error.problems;
  throw error;
}

/** The same problem may be met by both readings. */
function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.kind} ${problem.name}`, problem])).values()];
}
