import { loadConfig } from '@eggybyte/config';
import type { EggyCoreOptions } from './core.options.js';
import { CoreConfig } from './eggy-config.js';
import type { ProgramPackage } from './program-package.js';
import { coreRules } from './variables/core-rules.js';
import { namedDataSources } from './variables/data-source-variables.js';
import { corePrefixes, RETIRED_VARIABLES } from './variables/known-names.js';
import { withDataSources } from './with-data-sources.js';

/**
 * @throws ConfigInvalidError with every problem at once; ConfigNameClashError for a variable of the service that is one
 * of a data source
 */
export function loadCoreConfig(
  { config = CoreConfig, values = {}, database = true, cache = true }: EggyCoreOptions,
  { directory, name, version }: ProgramPackage,
  env: Readonly<Record<string, string | undefined>>,
  servesHttp: boolean,
): CoreConfig {
  const facts = { packageName: name, packageVersion: version };
  const dataSources = database === true ? namedDataSources() : [];
  return loadConfig(withDataSources(config, dataSources), {
    env,
    directory,
    mounted: env['CONFIG_DIR'] || undefined,
    values,
    facts,
    prefixes: corePrefixes({ database: database === true, cache }),
    retired: RETIRED_VARIABLES,
    rules: coreRules({ http: servesHttp, database: database === true, dataSources }),
  });
}
