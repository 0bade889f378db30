import {
  bool,
  type ConfigRule,
  type ConfigShape,
  duration,
  int,
  list,
  oneOf,
  port,
  reloadable,
  secret,
  size,
  text,
} from '@eggybyte/config';

const SECOND = 1000;

/** ENVIRONMENT is free text; only these two names relax anything. */
export const RELAXED_ENVIRONMENTS: readonly string[] = ['development', 'test'];

/** The variables that every service of the suite understands: name, form, default and meaning. */
export const coreVariables = {
  SERVICE_NAME: text({
    pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    expected: 'a name of at most 63 lower-case letters, digits and inner dashes',
    default: ({ environment, packageName }) =>
      RELAXED_ENVIRONMENTS.includes(environment) ? (packageName?.split('/').pop() ?? 'service') : undefined,
    defaultText: "package.json's name in development and test, else required",
    description: 'Name of the service in logs, metrics and cache keys.',
  }),
  SERVICE_VERSION: text({
    default: ({ packageVersion }) => packageVersion ?? '0.0.0',
    defaultText: "package.json's version",
    description: 'Version of the service in logs and metrics.',
  }),
  ENVIRONMENT: text({ default: 'development', description: 'Free text; only development and test relax anything.' }),
  HOST: text({ default: '0.0.0.0', description: 'Address the HTTP server binds.' }),
  PORT: port({
    default: 8080,
    aliases: ['BUSINESS_HTTP_PORT'],
    description: 'Port of the HTTP server; 0 takes any free port.',
  }),
  HTTP_ADAPTER: oneOf(['fastify', 'express'], { default: 'fastify', description: 'HTTP framework under Nest.' }),
  HTTP_BODY_LIMIT: size({ default: '1mb', description: 'Largest request body; a larger one is answered with 413.' }),
  HTTP_REQUEST_TIMEOUT: duration({ default: '60s', description: 'Time to receive a whole request.' }),
  HTTP_KEEP_ALIVE_TIMEOUT: duration({
    default: '72s',
    description: 'How long an idle connection is kept; longer than the balancer keeps its own.',
  }),
  TRUST_PROXY: bool({ default: false, description: 'Whether X-Forwarded-* headers are believed.' }),
  METRICS_PORT: port({ default: 9090, description: 'Port of probes and metrics; 0 takes any free port.' }),
  MONITORING_HOST: text({ default: '0.0.0.0', description: 'Address the monitoring server binds.' }),
  LOG_LEVEL: reloadable(
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      default: 'info',
      description: 'Lowest level that is logged.',
    }),
  ),
  LOG_FORMAT: oneOf(['json', 'console'], {
    default: ({ environment, isTerminal }) => (environment === 'development' && isTerminal ? 'console' : 'json'),
    defaultText: 'console in development on a terminal, else json',
    description: 'One JSON record a line, or lines for people.',
  }),
  INIT_TIMEOUT: duration({ default: '60s', description: 'Deadline of each initializer that names none.' }),
  SHUTDOWN_TIMEOUT: duration({ default: '29s', min: '1s', description: 'Budget of the whole stop.' }),
  SHUTDOWN_DRAIN_DELAY: duration({
    default: ({ inKubernetes }) => (inKubernetes ? 5 * SECOND : 0),
    defaultText: '5s in Kubernetes, else 0s',
    description: 'How long the service goes on serving after it became unready; longer than balancers need to notice.',
  }),
  HEALTH_CHECK_INTERVAL: duration({
    default: '5s',
    min: '100ms',
    description: 'Pause between runs of a check that names none.',
  }),
  HEALTH_CHECK_TIMEOUT: duration({ default: '1s', min: '10ms', description: 'Deadline of a check that names none.' }),
  ADMIN_TOKEN: reloadable(
    secret({
      optional: true,
      min: 16,
      description: 'Token of the admin paths; without one they answer in development and test only, and only locally.',
    }),
  ),
  CONFIG_DIR: text({
    optional: true,
    description:
      'Directory with a file for each variable, such as a mounted ConfigMap or Secret; of the environment only.',
  }),
  ENABLE_K8S_CONFIG_WATCH: bool({
    default: false,
    description:
      'Whether CONFIG_DIR and the ConfigMap K8S_CONFIGMAP_NAME are watched; reloadable variables follow them.',
  }),
  K8S_NAMESPACE: text({
    optional: true,
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    expected: 'the name of a namespace',
    description: 'Namespace of the ConfigMap that is watched; that of the pod when not set.',
  }),
  K8S_CONFIGMAP_NAME: text({
    optional: true,
    pattern: /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
    expected: 'the name of a ConfigMap',
    description: 'ConfigMap that is watched through the API.',
  }),
  CONFIG_WATCH_OVERRIDES_ENV: bool({
    default: true,
    description: 'Whether what is watched is stronger than the environment.',
  }),
  DATABASE_DSN: reloadable(
    secret({
      optional: true,
      description:
        'user:password@tcp(host:3306)/db, mysql://…, mariadb://…, tidb://… or sqlite:…; none: SQLite in development, if there are repositories. While it runs a new user and password are taken, and nothing else.',
    }),
  ),
  DATABASE_MAX_OPEN_CONNS: int({ min: 1, max: 1000, default: 10, description: 'Connections of the pool.' }),
  DATABASE_MAX_IDLE_CONNS: int({ min: 0, max: 1000, default: 5, description: 'Idle connections that are kept.' }),
  DATABASE_CONN_MAX_IDLE_TIME: duration({ default: '10m', description: 'How long an idle connection is kept.' }),
  DATABASE_CONNECT_TIMEOUT: duration({ default: '5s', description: 'Deadline of one attempt to connect.' }),
  DATABASE_CONNECT_DEADLINE: duration({ default: '60s', description: 'How long the start goes on trying to connect.' }),
  DATABASE_MIGRATE_LOCK_TIMEOUT: duration({
    default: '120s',
    description: 'How long the start waits for another that migrates.',
  }),
  DATABASE_HEALTH_CRITICAL: bool({
    default: true,
    description: 'Whether the service is unready while the database is down.',
  }),
  CACHE_SERVERS: list({ default: [], description: 'memcached servers as host:port; empty: in-process memory.' }),
  CACHE_TIMEOUT: duration({ default: '250ms', min: '1ms', description: 'Deadline of one cache operation.' }),
  CACHE_CONNECT_TIMEOUT: duration({ default: '1s', min: '1ms', description: 'Deadline of one attempt to connect.' }),
  CACHE_DEFAULT_TTL: duration({ default: '60s', description: 'Time to live when none is given.' }),
  CACHE_KEY_PREFIX: text({ optional: true, description: 'Put before each key; `<service>:` when not set.' }),
} satisfies ConfigShape;

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

interface Parts {
  /** `true` where the suite has the database: a service that has its own has variables for it. */
  database: boolean;
  cache: boolean;
}

/** Unknown names that begin so are told, as they were meant for the suite. */
export function corePrefixes({ database, cache }: Parts): readonly string[] {
  return ['LOG_', ...(database ? ['DATABASE_'] : []), ...(cache ? ['CACHE_'] : [])];
}

/** Variables of the Go library that mean nothing here. */
export const RETIRED_VARIABLES: Readonly<Record<string, string>> = {
  HEALTH_CHECK_PORT: 'probes are served on METRICS_PORT, together with the metrics',
};
