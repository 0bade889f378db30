import type { ConfigRule, Secret } from '@eggybyte/config';
import { databaseVariable, DsnError, parseDsn } from '@eggybyte/database';
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

/** What makes sense together only: a certificate and its key, a user and his password. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['DATABASE_TLS_CERT', 'DATABASE_TLS_KEY'],
  ['CACHE_TLS_CERT', 'CACHE_TLS_KEY'],
  ['CACHE_USERNAME', 'CACHE_PASSWORD'],
];

function together([one, other]: readonly [string, string]): ConfigRule[] {
  const needs = (name: string, needed: string): ConfigRule => ({
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
function isDsn(name: string): ConfigRule {
  return {
    names: [name],
    expected: 'where a database is: user:password@tcp(host:3306)/name, mysql://… or sqlite:./file.db',
    holds: (values) => {
      try {
        parseDsn((values[name] as Secret | undefined)?.reveal() ?? '');
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

function ofDataSource(name: string): ConfigRule[] {
  const own = (what: string): string => databaseVariable(name, what);
  return [isDsn(own('DSN')), isDsn(own('MIGRATE_DSN')), ...together([own('TLS_CERT'), own('TLS_KEY')])];
}

export interface Uses {
  /** To a worker PORT means nothing. */
  http: boolean;
  /** Whether the suite opens the database. */
  database: boolean;
  /** Names of the data sources that it opens besides the default one. @default none */
  dataSources?: readonly string[];
}

/** What must hold between them. */
export function coreRules({ http, database, dataSources = [] }: Uses): readonly ConfigRule<typeof coreVariables>[] {
  const always = [DELAY_FITS, SOMETHING_IS_WATCHED, TLS_IS_ON, ...PAIRS.flatMap(together)];
  const ofDatabase = database ? [...OF_DATABASE, ...dataSources.flatMap(ofDataSource)] : [];
  // Some look at variables that are only known when the application is made.
  return [...(http ? [PORTS_DIFFER] : []), ...always, ...ofDatabase] as readonly Rule[];
}
