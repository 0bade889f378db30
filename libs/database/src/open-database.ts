import type { DataSource } from 'typeorm';
import { DsnError } from './database.errors.js';
import { type DatabaseOptions, resolveDatabaseOptions } from './database.options.js';
import { parseDsn } from './dsn/parse-dsn.js';
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
  if (!resolved.dsn) throw new DsnError('it is empty');
  const dsn = parseDsn(resolved.dsn, { tlsConfigs: resolved.tlsConfigs });
  const { openDataSource } = await import('./connection/open-data-source.js');
  return openDataSource(dsn, resolved, entities, signal);
}
