import { resolve } from 'node:path';
import { ArgumentError } from '@eggybyte/errors';
import type { AnyConfigClass } from './config-class.js';
import { ConfigState, type Reread } from './config-state.js';
import type { ConfigFacts } from './config-facts.js';
import type { ConfigInput, ConfigShape, ConfigValues } from './config-shape.js';
import { resolveSnapshot } from './resolve-snapshot.js';

/** What must hold between several variables. */
export interface ConfigRule<S extends ConfigShape = ConfigShape> {
  /** The variables it looks at; a violation is reported for the first one. Not asked unless each has a valid value. */
  readonly names: readonly [keyof S & string, ...(keyof S & string)[]];
  /** What is expected of the first, to complete the sentence "expected …". */
  readonly expected: string;
  /** A text instead of `false` tells why, as a sentence without its full stop and without any secret. */
  holds(values: ConfigValues<S>): boolean | string;
}

/** Where {@link loadConfig} takes values from, besides the schema. Strongest first: overrides, env, `.env`, values. */
export interface LoadConfigOptions<S extends ConfigShape = ConfigShape> {
  /** The environment. @default process.env */
  env?: Readonly<Record<string, string | undefined>>;
  /** Folder of `.env.<ENVIRONMENT>.local`, `.env.<ENVIRONMENT>` and `.env`. @default none: no `.env` file is read */
  directory?: string;
  /**
   * Folder with one file for each variable, such as a mounted ConfigMap or Secret: weaker than the environment, stronger
   * than `.env` files. It has to be there. @default none
   */
  mounted?: string | undefined;
  /** Values given in code: stronger than a default, weaker than everything else. */
  values?: ConfigInput<S>;
  /** Values that win over everything, for tests. */
  overrides?: ConfigInput<S>;
  /** Facts that defaults depend on; what is left out is detected. `environment` also chooses the `.env` files. */
  facts?: Partial<ConfigFacts>;
  /** Beginnings of names that belong to this configuration, `DATABASE_`: unknown names with them get a warning. @default [] */
  prefixes?: readonly string[];
  /** Names that mean nothing any more, each with what to use: a warning tells it to whoever sets one. @default {} */
  retired?: Readonly<Record<string, string>>;
  /** What must hold between variables; violations are part of the one report. @default [] */
  rules?: readonly ConfigRule<S>[];
}

/**
 * Reads every variable of a configuration class and gives its instance. Nothing is written to `process.env`.
 *
 * @throws ConfigInvalidError with one report of all problems
 */
export function loadConfig<C extends AnyConfigClass>(
  Class: C,
  options: LoadConfigOptions<C['schema']> = {},
): InstanceType<C> {
  const reread: Reread = (watched) => resolveSnapshot(Class.schema, options, watched);
  const mounted = options.mounted === undefined ? undefined : resolve(options.mounted);
  const state = new ConfigState(resolveSnapshot(Class.schema, options), reread, mounted);
  const config = new Class(state) as InstanceType<C>;
  for (const name of Object.keys(Class.schema)) {
    if (Object.hasOwn(config, name))
      throw new ArgumentError(`${Class.name}.${name}`, 'declared in the schema only', 'a field');
  }
  return config;
}
