import { inspect } from 'node:util';
import { ConfigNotLoadedError } from './config.errors.js';
import type { ConfigWarning } from './config-problem.js';
import { type ConfigShape, type ConfigValues, sealShape } from './config-shape.js';
import type { Provenance } from './provenance.js';

/** One generation of a configuration. Immutable as a whole. */
export interface Snapshot {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, Provenance>>;
  readonly warnings: readonly ConfigWarning[];
}

/** Holds the current snapshot; every read of a configuration goes through it. */
export class ConfigState {
  constructor(readonly current: Snapshot) {}
}

/** What every loaded configuration can do, besides its variables. */
export class LoadedConfig<S extends ConfigShape = ConfigShape> {
  readonly #state: ConfigState;

  /** @throws ConfigNotLoadedError when called by anything but `loadConfig` */
  constructor(state: ConfigState) {
    if (!(state instanceof ConfigState)) throw new ConfigNotLoadedError(new.target.name);
    this.#state = state;
  }

  /** All values of this moment in one frozen object. */
  snapshot(): ConfigValues<S> {
    return this.#state.current.values as ConfigValues<S>;
  }

  /** Where the current value of a variable came from. */
  provenance(name: keyof S & string): Provenance {
    return this.#state.current.origins[name] ?? { source: 'unset', name };
  }

  /** What was noticed when it was loaded: names that look like typing mistakes, old names. */
  get warnings(): readonly ConfigWarning[] {
    return this.#state.current.warnings;
  }

  /** The values; a secret is `[REDACTED]`. */
  toJSON(): ConfigValues<S> {
    return this.snapshot();
  }

  [inspect.custom](depth: number, options: object): string {
    return `${this.constructor.name} ${inspect(this.snapshot(), { ...options, depth })}`;
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
  for (const name of Object.keys(schema)) {
    Object.defineProperty(SchemaConfig.prototype, name, {
      get(this: LoadedConfig<S>) {
        return this.snapshot()[name];
      },
      enumerable: true,
      configurable: true,
    });
  }
  return SchemaConfig as unknown as ConfigClass<S>;
}
