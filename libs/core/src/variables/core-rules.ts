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

/** A certificate and its key make sense together only. */
function pairOf(one: 'DATABASE_TLS_CERT' | 'DATABASE_TLS_KEY', other: 'DATABASE_TLS_CERT' | 'DATABASE_TLS_KEY'): Rule {
  return { names: [one], expected: `${other} to be set too`, holds: (values) => values[other] !== undefined };
}

const TLS_PAIRS = [pairOf('DATABASE_TLS_CERT', 'DATABASE_TLS_KEY'), pairOf('DATABASE_TLS_KEY', 'DATABASE_TLS_CERT')];

/** What must hold between them. To a worker PORT means nothing. */
export function coreRules(servesHttp: boolean): readonly Rule[] {
  const always = [DELAY_FITS, SOMETHING_IS_WATCHED, ...TLS_PAIRS];
  return servesHttp ? [PORTS_DIFFER, ...always] : always;
}
