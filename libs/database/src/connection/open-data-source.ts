import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { Dsn } from '../dsn/dsn.js';
import type { RegisteredEntity } from '../registered-entity.js';
import type { EggyDataSource } from './eggy-data-source.js';

/** Opens the database of a DSN. Loads the driver that it needs, and not the other one. After a failure nothing is left open. */
export async function openDataSource(
  dsn: Dsn,
  options: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
  signal: AbortSignal,
): Promise<EggyDataSource> {
  if (dsn.kind === 'sqlite') return (await import('./open-sqlite.js')).openSqlite(dsn, options, entities);
  return (await import('./open-mysql.js')).openMysql(dsn, options, entities, signal);
}
