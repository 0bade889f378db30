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

type Name = keyof typeof coreVariables;

/** What makes sense together only: a certificate and its key, a user and his password. */
const PAIRS: readonly (readonly [Name, Name])[] = [
  ['DATABASE_TLS_CERT', 'DATABASE_TLS_KEY'],
  ['CACHE_TLS_CERT', 'CACHE_TLS_KEY'],
  ['CACHE_USERNAME', 'CACHE_PASSWORD'],
];

function together([one, other]: readonly [Name, Name]): Rule[] {
  const needs = (name: Name, needed: Name): Rule => ({
    names: [name],
    expected: `${needed} to be set too`,
    holds: (values) => values[needed] !== undefined,
  });
  return [needs(one, other), needs(other, one)];
}

/** Certificates that nothing uses would look as if the way to memcached were protected. */
const TLS_IS_ON: Rule = {
  names: ['CACHE_TLS', 'CACHE_TLS_CA'],
  expected: 'true, as CACHE_TLS_CA is set',
  holds: ({ CACHE_TLS }) => CACHE_TLS,
};

/** What must hold between them. To a worker PORT means nothing. */
export function coreRules(servesHttp: boolean): readonly Rule[] {
  const always = [DELAY_FITS, SOMETHING_IS_WATCHED, TLS_IS_ON, ...PAIRS.flatMap(together)];
  return servesHttp ? [PORTS_DIFFER, ...always] : always;
}
