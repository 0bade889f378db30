import { ArgumentError } from '@eggybyte/errors';
import { type AnyConfigClass, ConfigState } from './config-class.js';
import type { ConfigFacts } from './config-facts.js';
import type { ConfigInput, ConfigShape } from './config-shape.js';
import { resolveSnapshot } from './resolve-snapshot.js';

/** Where {@link loadConfig} takes values from, besides the schema. Strongest first: overrides, env, `.env`, values. */
export interface LoadConfigOptions<S extends ConfigShape = ConfigShape> {
  /** The environment. @default process.env */
  env?: Readonly<Record<string, string | undefined>>;
  /** Folder of `.env.<ENVIRONMENT>.local`, `.env.<ENVIRONMENT>` and `.env`. @default none: no `.env` file is read */
  directory?: string;
  /** Values given in code: stronger than a default, weaker than everything else. */
  values?: ConfigInput<S>;
  /** Values that win over everything, for tests. */
  overrides?: ConfigInput<S>;
  /** Facts that defaults depend on; what is left out is detected. `environment` also chooses the `.env` files. */
  facts?: Partial<ConfigFacts>;
  /** Beginnings of names that belong to this configuration, `DATABASE_`: unknown names with them get a warning. @default [] */
  prefixes?: readonly string[];
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
  const config = new Class(new ConfigState(resolveSnapshot(Class.schema, options))) as InstanceType<C>;
  for (const name of Object.keys(Class.schema)) {
    if (Object.hasOwn(config, name))
      throw new ArgumentError(`${Class.name}.${name}`, 'declared in the schema only', 'a field');
  }
  return config;
}
