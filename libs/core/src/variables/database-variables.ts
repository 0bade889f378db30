import { bool, type ConfigShape, duration, int, reloadable, secret } from '@eggybyte/config';

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
} satisfies ConfigShape;
