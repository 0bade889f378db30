import { DsnError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { Dsn } from '../dsn/dsn.js';
import { parseDsn } from '../dsn/parse-dsn.js';
import { databaseVariable } from './data-source-name.js';

/** The DSN of a data source. @throws DsnError, which names the variable of that data source */
export function readDsn(
  text: string,
  { name, tlsConfigs }: Pick<ResolvedDatabaseOptions, 'name' | 'tlsConfigs'>,
  what: 'DSN' | 'MIGRATE_DSN' = 'DSN',
): Dsn {
  try {
    return parseDsn(text, { tlsConfigs });
  } catch (error) {
    throw error instanceof DsnError ? error.as(databaseVariable(name, what)) : error;
  }
}
