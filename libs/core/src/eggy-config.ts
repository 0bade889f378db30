import { type ConfigClass, configClass, type ConfigShape, mergeShapes, type WithoutNamesOf } from '@eggybyte/config';
import { coreVariables } from './variables/core-variables.js';

/**
 * A configuration class: the variables of the suite and those of the service, as schema, type and injection token.
 *
 * @throws ConfigNameClashError for a name that is one of the suite's; to change a default of the suite, set it in
 * `EggyCoreModule.forRoot({ values })`
 */
export function eggyConfig<S extends ConfigShape>(
  shape: S & WithoutNamesOf<typeof coreVariables>,
): ConfigClass<typeof coreVariables & S> {
  return configClass(mergeShapes(coreVariables, shape));
}

/** The configuration of a service that has no variables of its own. */
export class CoreConfig extends configClass(coreVariables) {}
