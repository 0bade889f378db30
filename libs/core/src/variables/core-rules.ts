import type { ConfigRule } from '@eggybyte/config';
import type { coreVariables } from './core-variables.js';

type Rule = ConfigRule<typeof coreVariables>;

const PORTS_DIFFER: Rule = {
  names: ['METRICS_PORT', 'PORT'],
  expected: 'another port than PORT',
  holds: ({ METRICS_PORT, PORT }) => METRICS_PORT !== PORT || PORT === 0,
};

const DELAY_FITS: Rule = {
  names: ['SHUTDOWN_DRAIN_DELAY', 'SHUTDOWN_TIMEOUT'],
  expected: 'a duration below SHUTDOWN_TIMEOUT, as it is a part of that',
  holds: ({ SHUTDOWN_DRAIN_DELAY, SHUTDOWN_TIMEOUT }) => SHUTDOWN_DRAIN_DELAY < SHUTDOWN_TIMEOUT,
};

const SOMETHING_IS_WATCHED: Rule = {
  names: ['ENABLE_K8S_CONFIG_WATCH'],
  expected: 'CONFIG_DIR or K8S_CONFIGMAP_NAME to be set too, as there is nothing else to watch',
  holds: ({ ENABLE_K8S_CONFIG_WATCH, CONFIG_DIR, K8S_CONFIGMAP_NAME }) =>
    !ENABLE_K8S_CONFIG_WATCH || CONFIG_DIR !== undefined || K8S_CONFIGMAP_NAME !== undefined,
};

/** What must hold between them. To a worker PORT means nothing. */
export function coreRules(servesHttp: boolean): readonly Rule[] {
  return servesHttp ? [PORTS_DIFFER, DELAY_FITS, SOMETHING_IS_WATCHED] : [DELAY_FITS, SOMETHING_IS_WATCHED];
}
