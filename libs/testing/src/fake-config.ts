import { type AnyConfigClass, type ConfigInput, loadConfig } from '@eggybyte/core';

/** All that a configuration would otherwise take from the process. */
const PROCESS = {
  env: { ENVIRONMENT: 'test' },
  facts: { inKubernetes: false, isTerminal: false, packageName: 'test', packageVersion: '0.0.0' },
};

/**
 * A configuration for a unit test: these values, defaults for the rest, and nothing of the process.
 *
 * @throws ConfigInvalidError when a value is not allowed or a required one is missing
 */
export function fakeConfig<C extends AnyConfigClass>(Class: C, values: ConfigInput<C['schema']> = {}): InstanceType<C> {
  return loadConfig(Class, { ...PROCESS, overrides: values });
}
