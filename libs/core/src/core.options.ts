import type { ConfigClass, ConfigInput } from '@eggybyte/config';
import type { VersionedMigrationClass } from '@eggybyte/database';
import type { coreVariables } from './variables/core-variables.js';

export interface EggyCoreOptions {
  /** The service's own configuration, made by `eggyConfig({...})`. @default the suite's variables alone */
  config?: ConfigClass<typeof coreVariables>;
  /** Values written in code, weaker than every variable of the environment: `{ PORT: 3000 }`. */
  values?: ConfigInput<typeof coreVariables>;
  /**
   * `false` leaves the database out, whatever DATABASE_DSN says. `'existing'` adopts the DataSource of the
   * service's own `TypeOrmModule.forRoot()`: health check, metrics, slow log, `Transactions`, its close after everything
   * else; it is connected and migrated by the service, and of the DATABASE_* variables only DATABASE_HEALTH_CRITICAL and
   * DATABASE_SLOW_QUERY are used. Those with a name are adopted too, without `Transactions`.
   * @default true
   */
  database?: boolean | 'existing';
  /**
   * Versioned migrations of the database, classes as TypeORM has them: each runs once, under the lock of the schema and
   * before what the entities lack is added, or after that where it is marked `after`. @default none
   */
  migrations?: readonly VersionedMigrationClass[];
  /** `false` leaves the cache out. @default true */
  cache?: boolean;
}
