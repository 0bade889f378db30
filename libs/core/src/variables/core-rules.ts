import type { ConfigRule } from '@eggybyte/config';
import { DsnError, parseDsn } from '@eggybyte/database';
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

/** Before anything is connected, and with everything else that is wrong. */
function isDsn(name: 'DATABASE_DSN' | 'DATABASE_MIGRATE_DSN'): Rule {
  return {
    names: [name],
    expected: 'where a database is: user:password@tcp(host:3306)/name, mysql://… or sqlite:./file.db',
    holds: (values) => {
      try {
        parseDsn(values[name]?.reveal() ?? '');
        return true;
      } catch (error) {
        if (!(error instanceof DsnError)) throw error;
        // What is expected tells the forms already.
        return error.fix.startsWith('correct DATABASE_DSN') ? (error.why ?? false) : `${error.why}: ${error.fix}`;
      }
    },
  };
}

const OF_DATABASE = [isDsn('DATABASE_DSN'), isDsn('DATABASE_MIGRATE_DSN')];

export interface Uses {
  /** To a worker PORT means nothing. */
  http: boolean;
  /** Whether the suite opens the database. */
  database: boolean;
}

/** What must hold between them. */
export function coreRules({ http, database }: Uses): readonly Rule[] {
  const always = [DELAY_FITS, SOMETHING_IS_WATCHED, TLS_IS_ON, ...PAIRS.flatMap(together)];
  return [...(http ? [PORTS_DIFFER] : []), ...always, ...(database ? OF_DATABASE : [])];
}
