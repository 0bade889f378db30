import { inspect } from 'node:util';
import { Observable } from 'rxjs';
import { ConfigNotLoadedError } from './config.errors.js';
import type { ConfigWarning } from './config-problem.js';
import { type ConfigShape, type ConfigValues, mergeShapes, sealShape, type WithoutNamesOf } from './config-shape.js';
import { ConfigState } from './config-state.js';
import { maskedValues } from './masked-values.js';
import type { Provenance } from './provenance.js';
import { ValueWatch } from './reload/value-watch.js';

/** What a reload has changed, for {@link LoadedConfig.changes$}. */
export interface ConfigChange<S extends ConfigShape = ConfigShape> {
  /** Counts from 1, which is the generation that was loaded first. */
  readonly generation: number;
  /** Names of the variables whose values differ. */
  readonly changed: readonly string[];
  readonly before: ConfigValues<S>;
  readonly now: ConfigValues<S>;
}

const states = new WeakMap<LoadedConfig, ConfigState>();

/** The state of a loaded configuration, for what replaces its snapshots. */
export function stateOf(config: LoadedConfig): ConfigState {
  const state = states.get(config);
  if (!state) throw new ConfigNotLoadedError(config.constructor.name);
  return state;
}

/** What every loaded configuration can do, besides its variables. */
export class LoadedConfig<S extends ConfigShape = ConfigShape> {
  readonly #state: ConfigState;

  /** @throws ConfigNotLoadedError when called by anything but `loadConfig` */
  constructor(state: ConfigState) {
    if (!(state instanceof ConfigState)) throw new ConfigNotLoadedError(new.target.name);
    this.#state = state;
    states.set(this, state);
  }

  /** All values of this moment in one frozen object. */
  snapshot(): ConfigValues<S> {
    return this.#state.current.values as ConfigValues<S>;
  }

  /** How many times a reload has changed something, counted from 1. */
  get generation(): number {
    return this.#state.generation;
  }

  /**
   * Calls `listener` each time a reload has changed the variable: in order, never two at a time, and of several changes
   * that come while it is busy with the last. One that throws or never ends is logged and harms nobody else. Disposing
   * of the result ends it: `using watch = config.watch('PAGE_SIZE', (now) => resize(now))`.
   */
  watch<K extends keyof S & string>(
    name: K,
    listener: (now: ConfigValues<S>[K], before: ConfigValues<S>[K]) => unknown,
  ): Disposable {
    const watch = new ValueWatch(name, () => this.snapshot()[name], listener);
    const end = this.#state.onSwap(() => watch.notify());
    return {
      [Symbol.dispose]: () => {
        end();
        watch.end();
      },
    };
  }

  /**
   * Each change as a whole, from the moment of subscription on. It never ends and never fails. An observer that throws is
   * an uncaught error, as RxJS has it, which ends the process: {@link watch} keeps that harm away.
   */
  get changes$(): Observable<ConfigChange<S>> {
    return new Observable((subscriber) =>
      this.#state.onSwap(({ generation, changed, before, now }) =>
        subscriber.next({
          generation,
          changed,
          before: before.values as ConfigValues<S>,
          now: now.values as ConfigValues<S>,
        }),
      ),
    );
  }

  /** Where the current value of a variable came from. */
  provenance(name: keyof S & string): Provenance {
    return this.#state.current.origins[name] ?? { source: 'unset', name };
  }

  /** What was noticed when it was loaded: names that look like typing mistakes, old names. */
  get warnings(): readonly ConfigWarning[] {
    return this.#state.current.warnings;
  }

  /** The values for people, in plain JSON; secrets and the credentials of URLs are `[REDACTED]`. */
  toJSON(): Record<string, unknown> {
    return maskedValues((this.constructor as unknown as AnyConfigClass).schema, this.snapshot());
  }

  [inspect.custom](depth: number, options: object): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), { ...options, depth })}`;
  }
}

/** A loaded configuration: its variables as properties, each read from the current snapshot. */
export type Config<S extends ConfigShape> = LoadedConfig<S> & ConfigValues<S>;

/** A class that is the schema, the type and the injection token of one configuration. */
export interface ConfigClass<S extends ConfigShape> {
  new (state: ConfigState): Config<S>;
  /** The variables, in the order in which they are checked and reported. */
  readonly schema: S;
}

/** Any configuration class, for code that works with all of them. */
export interface AnyConfigClass {
  new (state: ConfigState): LoadedConfig;
  readonly schema: ConfigShape;
}

/**
 * A class to extend: `class AppConfig extends configClass({ PAGE_SIZE: int({ min: 1, default: 20 }) }) {}`.
 *
 * @throws ArgumentError for a name that is not in capitals, digits and underscores
 * @throws ConfigNameClashError when an alias is also a name or another variable's alias
 */
export function configClass<S extends ConfigShape>(shape: S): ConfigClass<S> {
  const schema = sealShape(shape);
  class SchemaConfig extends LoadedConfig<S> {
    static readonly schema = schema;
  }
  defineVariables(SchemaConfig.prototype, schema);
  return SchemaConfig as unknown as ConfigClass<S>;
}

/**
 * A configuration class with further variables, for those that are known only when an application is made. What is
 * loaded of it is an instance of `Class`, too. They stand behind the variable `after`, else at the end.
 *
 * @throws ConfigNameClashError naming every variable that both declare, aliases included
 */
export function withVariables<S extends ConfigShape, M extends ConfigShape>(
  Class: ConfigClass<S>,
  more: M & WithoutNamesOf<S>,
  after?: keyof S & string,
): ConfigClass<S & M> {
  const schema = placedAfter(mergeShapes(Class.schema, more), Object.keys(more), after);
  const Base = Class as unknown as new (state: ConfigState) => LoadedConfig<S>;
  class ExtendedConfig extends Base {
    static readonly schema = schema;
  }
  Object.defineProperty(ExtendedConfig, 'name', { value: (Class as unknown as { name: string }).name });
  defineVariables(ExtendedConfig.prototype, more);
  return ExtendedConfig as unknown as ConfigClass<S & M>;
}

/** The same shape with these variables behind another one. */
function placedAfter<S extends ConfigShape>(shape: S, moved: readonly string[], after: string | undefined): S {
  const others = Object.keys(shape).filter((name) => !moved.includes(name));
  const place = after === undefined ? others.length : others.indexOf(after) + 1;
  const entries = others.toSpliced(place, 0, ...moved).map((name) => [name, shape[name]] as const);
  return Object.freeze(Object.fromEntries(entries)) as S;
}

function defineVariables(prototype: object, shape: ConfigShape): void {
  for (const name of Object.keys(shape)) {
    Object.defineProperty(prototype, name, {
      get(this: LoadedConfig) {
        return this.snapshot()[name];
      },
      enumerable: true,
      configurable: true,
    });
  }
}
