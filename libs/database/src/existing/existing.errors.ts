import { EggyError } from '@eggybyte/errors';

/** An existing data source is to be adopted and nobody provides one: `EGGY_DATABASE_NO_DATA_SOURCE`. */
export class NoDataSourceError extends EggyError {
  /** @param entities those that want it, where others with a name are there */
  constructor(entities?: string) {
    super('EGGY_DATABASE_NO_DATA_SOURCE', {
      what: entities
        ? `Repositories of ${entities} belong to the default \`DataSource\`, and no module provides one`
        : "`database: 'existing'` adopts the default `DataSource`, and no module provides one",
      why: 'TypeOrmModule.forRoot() is not imported, or a module that provides `DataSource` itself is not global',
      fix: 'import TypeOrmModule.forRoot(…) without a name, or remove the switch to get the database of the suite',
    });
  }
}

/** The adopted data source is of a kind that this cannot be done with: `EGGY_DATABASE_UNSUPPORTED`. */
export class UnsupportedDatabaseError extends EggyError {
  constructor(what: string, type: string, fix: string) {
    super('EGGY_DATABASE_UNSUPPORTED', { what, why: `the DataSource is of type \`${type}\``, fix });
  }
}
