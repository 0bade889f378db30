import { type ConfigClass, type ConfigShape, type WithoutNamesOf, withVariables } from '@eggybyte/config';
import { databaseVariable } from '@eggybyte/database';
import { CoreConfig } from './eggy-config.js';
import type { coreVariables } from './variables/core-variables.js';
import { databaseVariables } from './variables/database-variables.js';
import { dataSourceVariables, namedDataSources } from './variables/data-source-variables.js';

type Core = typeof coreVariables;

/** Behind what is said of the default one. */
const LAST = Object.keys(databaseVariables).at(-1) as keyof typeof databaseVariables;

/**
 * A configuration class with the variables of data sources with a name too, as a service that has them loads it: for
 * `envExample`, `configJsonSchema`, `configMapManifest`, `secretManifest` and `configTable`. They stand behind those of
 * the default one.
 *
 * @param dataSources their names; those that repositories and `forFeature` of this process have named by now, so that a
 * program which loads the modules of a service need not list them, where it is absent
 *
 * @throws ArgumentError for a name that is none; ConfigNameClashError for a variable of the service that is one of theirs
 */
export function withDataSources<C extends ConfigClass<Core> = typeof CoreConfig>(
  config: C = CoreConfig as unknown as C,
  dataSources: readonly string[] = namedDataSources(),
): C {
  // Their names are known at run time only, so that nobody reads these variables as properties.
  const named = dataSources.filter((name) => databaseVariable(name, 'DSN') !== 'DATABASE_DSN');
  const further = dataSourceVariables(named) as WithoutNamesOf<Core>;
  if (named.length === 0) return config;
  return withVariables<Core, ConfigShape>(config, further, LAST) as unknown as C;
}
