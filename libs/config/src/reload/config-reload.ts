import { type AnyConfigClass, type LoadedConfig, stateOf } from '../config-class.js';
import type { ConfigProblem } from '../config-problem.js';
import type { ConfigShape } from '../config-shape.js';
import type { ConfigState, Snapshot } from '../config-state.js';
import { ConfigInvalidError } from '../config.errors.js';
import type { SourceTexts, WatchedSource } from '../watch/watched-source.js';
import type { ReloadEvent, ReloadListener } from './reload-events.js';
import { logReloadEvent } from './reload-log.js';
import { RestartNeeds } from './restart-needs.js';
import { layerOf, namesOf } from './watched-layer.js';
import { type SourceReport, WatchedState } from './watched-state.js';

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
  readonly #watched: readonly WatchedState[];
  readonly #overrideEnv: boolean;
  readonly #needs: RestartNeeds;
  readonly #listeners = new Set<ReloadListener>([logReloadEvent]);
  #restartRequired: readonly string[] = [];

  constructor(config: LoadedConfig, { sources, overrideEnv = true }: ConfigReloadOptions) {
    this.#state = stateOf(config);
    this.#shape = (config.constructor as unknown as AnyConfigClass).schema;
    this.#declared = namesOf(this.#shape, () => true);
    this.#reloadable = namesOf(this.#shape, (name) => this.#shape[name]?.reloadable === true);
    this.#watched = sources.map((source) => new WatchedState(source));
    this.#needs = new RestartNeeds(this.#state, this.#shape);
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

  /** What is watched, the strongest first. */
  get sources(): readonly SourceReport[] {
    return this.#watched.map((watched) => watched.report());
  }

  /** Calls `listener`, which must not throw, for each event; the result ends it. */
  onEvent(listener: ReloadListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Begins to watch. */
  start(): void {
    for (const watched of this.#watched) {
      watched.source.start({
        onTexts: (texts) => this.#update(watched, texts),
        onTrouble: (trouble) => {
          watched.trouble = trouble;
          this.#emit({ kind: 'source.trouble', source: watched.source.name, trouble });
        },
      });
    }
  }

  /** Resolves when nothing is watched any more. Never rejects. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#watched.map(({ source }) => source.stop()));
  }

  #update(watched: WatchedState, told: SourceTexts): void {
    watched.told = told;
    const source = watched.source.name;
    const { version } = told;
    // What was refused of another source may be right together with this: the two are changed one after the other.
    const refused = this.#watched.filter((other) => other !== watched && other.isRefused);
    const attempts = refused.length > 0 ? [[watched, ...refused], [watched]] : [[watched]];
    let problems: readonly ConfigProblem[] = [];
    for (const accepted of attempts) {
      const { snapshot, problems: found } = attempt(() => this.#candidate(new Set(accepted)));
      if (snapshot) {
        for (const each of accepted) each.accept();
        return this.#apply(snapshot, source, version);
      }
      problems = found;
    }
    this.#emit({ kind: 'reload.refused', source, version, problems });
  }

  #apply(next: Snapshot, source: string, version: string): void {
    const change = this.#state.swap(next);
    if (change) {
      const { generation, changed } = change;
      this.#emit({ kind: 'reload.applied', source, version, generation, changed });
    } else this.#emit({ kind: 'reload.unchanged', source, version });
    this.#compare();
  }

  /** @throws ConfigInvalidError also for what only the next start would meet: it would not come up. */
  #candidate(renewed: ReadonlySet<WatchedState>): Snapshot {
    const whole = attempt(() => this.#reread(this.#declared, renewed));
    const part = attempt(() => this.#reread(this.#reloadable, renewed));
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

  #reread(names: ReadonlySet<string>, renewed: ReadonlySet<WatchedState>): Snapshot {
    const layers = this.#watched.flatMap((watched) => {
      const texts = renewed.has(watched) ? watched.told : watched.accepted;
      return texts ? [layerOf(watched.source, texts.texts, names)] : [];
    });
    if (!this.#state.reread) return this.#state.current;
    return this.#state.reread({ layers, overrideEnv: this.#overrideEnv });
  }

  #accepted(): ReadonlyMap<WatchedSource, SourceTexts['texts']> {
    return new Map(this.#watched.flatMap(({ source, accepted }) => (accepted ? [[source, accepted.texts]] : [])));
  }

  #compare(): void {
    const names = this.#needs.names(this.#accepted());
    if (names.join() === this.#restartRequired.join()) return;
    this.#restartRequired = names;
    this.#emit({ kind: 'restart.required', names });
  }

  #emit(event: ReloadEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
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

/** Code of the service that throws, a rule or a default, refuses the update and ends nothing. */
function problemsOf(error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigInvalidError) return error.problems;
  const name = 'the configuration';
  const given = error instanceof Error ? error.name : typeof error;
  return [
    {
      kind: 'unreadable',
      name,
      expected: 'rules and defaults that do not throw',
      given,
      origin: { source: 'code', name },
    },
  ];
}

/** The same problem may be met by both readings. */
function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.kind} ${problem.name}`, problem])).values()];
}
