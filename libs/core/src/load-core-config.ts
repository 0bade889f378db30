import { loadConfig } from '@eggybyte/config';
import type { EggyCoreOptions } from './core.options.js';
import { CoreConfig } from './eggy-config.js';
import type { ProgramPackage } from './program-package.js';
import { coreRules } from './variables/core-rules.js';
import { corePrefixes, RETIRED_VARIABLES } from './variables/known-names.js';

/** @throws ConfigInvalidError with every problem at once. */
export function loadCoreConfig(
  { config = CoreConfig, values = {}, database = true, cache = true }: EggyCoreOptions,
  { directory, name, version }: ProgramPackage,
  env: Readonly<Record<string, string | undefined>>,
  servesHttp: boolean,
): CoreConfig {
  const facts = { packageName: name, packageVersion: version };
  return loadConfig(config, {
    env,
    directory,
    mounted: env['CONFIG_DIR'] || undefined,
    values,
    facts,
    prefixes: corePrefixes({ database: database === true, cache }),
    retired: RETIRED_VARIABLES,
    rules: coreRules({ http: servesHttp, database: database === true }),
  });
}
