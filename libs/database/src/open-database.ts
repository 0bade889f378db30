import type { DataSource } from 'typeorm';
import { type DatabaseOptions, resolveDatabaseOptions } from './database.options.js';
import { readDsn } from './data-source/read-dsn.js';
import type { RegisteredEntity } from './registered-entity.js';

export interface OpenDatabaseOptions extends DatabaseOptions {
  /** @default none: the data source then knows no repository */
  entities?: readonly RegisteredEntity[];
}

/**
 * Connects without Nest, as the module does: with backoff until the connect deadline, final at once on a refusal. It
 * creates no table; SchemaMigrator does. End it by `dataSource.destroy()`.
 *
 * @throws DsnError, DatabaseAccessError, UnknownDatabaseError, DatabaseTlsError, DatabaseConnectionError,
 * EmbeddedDatabaseError, EntitiesError, or the signal's reason.
 */
export async function openDatabase(
  { entities = [], ...options }: OpenDatabaseOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<DataSource> {
  const resolved = resolveDatabaseOptions(options);
  const dsn = readDsn(resolved.dsn ?? '', resolved);
  const { openDataSource } = await import('./connection/open-data-source.js');
  return openDataSource(dsn, resolved, entities, signal);
}
