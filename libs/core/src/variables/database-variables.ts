import { bool, type ConfigShape, duration, int, oneOf, reloadable, secret, text } from '@eggybyte/config';
import { certificates, privateKey } from './pem.js';

/** The default database. */
export const databaseVariables = {
  DATABASE_DSN: reloadable(
    secret({
      optional: true,
      description:
        'user:password@tcp(host:3306)/db, mysql://…, mariadb://…, tidb://… or sqlite:…; none: SQLite in development, if there are repositories. While it runs a new user and password are taken, and nothing else.',
    }),
  ),
  DATABASE_MAX_OPEN_CONNS: int({ min: 1, max: 1000, default: 10, description: 'Connections of the pool.' }),
  DATABASE_MAX_IDLE_CONNS: int({ min: 0, max: 1000, default: 5, description: 'Idle connections that are kept.' }),
  DATABASE_CONN_MAX_LIFETIME: duration({
    default: '1h',
    description: 'How long a connection is used, 10 % more or less; 0 is for ever.',
  }),
  DATABASE_CONN_MAX_IDLE_TIME: duration({ default: '10m', description: 'How long an idle connection is kept.' }),
  DATABASE_CONNECT_TIMEOUT: duration({ default: '5s', description: 'Deadline of one attempt to connect.' }),
  DATABASE_CONNECT_DEADLINE: duration({ default: '60s', description: 'How long the start goes on trying to connect.' }),
  DATABASE_ACQUIRE_TIMEOUT: duration({
    default: '5s',
    description: 'How long a request waits for a connection of the pool; 0 is for ever.',
  }),
  DATABASE_QUERY_TIMEOUT: duration({ default: '30s', description: 'Deadline of a statement; 0 is none.' }),
  DATABASE_SLOW_QUERY: reloadable(
    duration({ default: '200ms', description: 'From which duration on a statement is logged as slow; 0 is never.' }),
  ),
  DATABASE_AUTO_MIGRATE: oneOf(['apply', 'plan', 'check', 'off'], {
    default: 'apply',
    description:
      'What the start does about the schema: apply what is missing, log the plan, be unready while it is not empty, nothing.',
  }),
  DATABASE_MIGRATE_DSN: secret({
    optional: true,
    description: 'DSN of the user who changes the schema, of the same database; that of DATABASE_DSN when not set.',
  }),
  DATABASE_MIGRATE_LOCK_TIMEOUT: duration({
    default: '120s',
    description: 'How long the start waits for another that migrates.',
  }),
  DATABASE_HEALTH_CRITICAL: bool({
    default: true,
    description: 'Whether the service is unready while the database is down.',
  }),
  DATABASE_TLS_CA: reloadable(
    text({
      ...certificates('DATABASE_TLS_CA'),
      description: "Authorities of the server's certificate. They turn TLS on, issuer and host name verified.",
    }),
  ),
  DATABASE_TLS_CERT: reloadable(
    text({
      ...certificates('DATABASE_TLS_CERT'),
      description: 'Certificate of this client, where the server wants one.',
    }),
  ),
  DATABASE_TLS_KEY: reloadable(
    secret({ ...privateKey('DATABASE_TLS_KEY'), description: 'Private key of DATABASE_TLS_CERT.' }),
  ),
} satisfies ConfigShape;
