import {
  bool,
  type ConfigShape,
  type ConfigValues,
  duration,
  int,
  type LoadedConfig,
  oneOf,
  reloadable,
  secret,
  text,
} from '@eggybyte/config';
import { databaseVariable, declaredDataSources } from '@eggybyte/database';
import { certificates, privateKey } from './pem.js';

/** What a data source with a name has variables of its own for, by the part of their names that is the same for all. */
function fieldsOf(dataSource: string) {
  const own = (what: string): string => databaseVariable(dataSource, what);
  const optional = (what: string, description: string) => ({
    optional: true as const,
    description: `${description} That of DATABASE_${what} when not set.`,
  });
  const tls = (description: string): string =>
    `${description} When none of the three is set, those of DATABASE_TLS_* hold.`;
  return {
    DSN: reloadable(
      secret({
        optional: true,
        description: `Where the data source \`${dataSource}\` is, as DATABASE_DSN says it. While it runs a new user and password are taken, and nothing else.`,
      }),
    ),
    MAX_OPEN_CONNS: int({ min: 1, max: 1000, ...optional('MAX_OPEN_CONNS', 'Connections of its pool.') }),
    MAX_IDLE_CONNS: int({ min: 0, max: 1000, ...optional('MAX_IDLE_CONNS', 'Idle connections that are kept.') }),
    ACQUIRE_TIMEOUT: duration(optional('ACQUIRE_TIMEOUT', 'How long a request waits for a connection; 0 is for ever.')),
    QUERY_TIMEOUT: duration(optional('QUERY_TIMEOUT', 'Deadline of a statement; 0 is none.')),
    SLOW_QUERY: reloadable(
      duration(optional('SLOW_QUERY', 'From which duration on a statement is logged as slow; 0 is never.')),
    ),
    AUTO_MIGRATE: oneOf(
      ['apply', 'plan', 'check', 'off'],
      optional('AUTO_MIGRATE', 'What the start does about its schema.'),
    ),
    MIGRATE_DSN: secret({
      optional: true,
      description: `DSN of the user who changes its schema, of the same database; that of ${own('DSN')} when not set.`,
    }),
    HEALTH_CRITICAL: bool(optional('HEALTH_CRITICAL', 'Whether the service is unready while it is down.')),
    TLS_CA: reloadable(
      text({ ...certificates(own('TLS_CA')), description: tls("Authorities of the server's certificate.") }),
    ),
    TLS_CERT: reloadable(
      text({
        ...certificates(own('TLS_CERT')),
        description: tls('Certificate of this client, where the server wants one.'),
      }),
    ),
    TLS_KEY: reloadable(
      secret({ ...privateKey(own('TLS_KEY')), description: tls(`Private key of ${own('TLS_CERT')}.`) }),
    ),
  } satisfies ConfigShape;
}

/** Names of the data sources of this process, without the default one, which has its variables in any service. */
export function namedDataSources(): readonly string[] {
  return declaredDataSources().filter((name) => databaseVariable(name, 'DSN') !== 'DATABASE_DSN');
}

/** The variables of these data sources. */
export function dataSourceVariables(dataSources: readonly string[]): ConfigShape {
  const variables = dataSources.flatMap((name) =>
    Object.entries(fieldsOf(name)).map(([what, field]) => [databaseVariable(name, what), field] as const),
  );
  return Object.fromEntries(variables);
}

/** What the variables of a data source say now, without the part that is its name. */
export type DataSourceValues = ConfigValues<ReturnType<typeof fieldsOf>>;

export function dataSourceValues(config: LoadedConfig, dataSource: string): DataSourceValues {
  const own = WHATS.map((what) => [what, dataSourceValue(config, dataSource, what)]);
  return Object.fromEntries(own) as DataSourceValues;
}

/** One of them, for what is asked often. */
export function dataSourceValue<W extends keyof DataSourceValues>(
  config: LoadedConfig,
  dataSource: string,
  what: W,
): DataSourceValues[W] {
  const values: Record<string, unknown> = config.snapshot();
  return values[databaseVariable(dataSource, what)] as DataSourceValues[W];
}

const WHATS = Object.keys(fieldsOf('any')) as (keyof DataSourceValues)[];

/** The variables that say where the data sources of this process are, that of the default one included. */
export function dsnVariables(): readonly string[] {
  return ['DATABASE_DSN', ...namedDataSources().map((name) => databaseVariable(name, 'DSN'))];
}
