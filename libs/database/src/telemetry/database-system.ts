import type { SqlDialect } from './fingerprint.js';

/** A kind of database, as OpenTelemetry's conventions name it. */
export type DatabaseSystem =
  | 'mysql'
  | 'mariadb'
  | 'tidb'
  | 'sqlite'
  | 'postgresql'
  | 'cockroachdb'
  | 'microsoft.sql_server'
  | 'oracle.db'
  | 'sap.hana'
  | 'gcp.spanner';

const DIALECTS: Readonly<Partial<Record<DatabaseSystem, SqlDialect>>> = {
  mysql: 'mysql',
  mariadb: 'mysql',
  tidb: 'mysql',
  // A text in either quotes, with backslashes.
  'gcp.spanner': 'mysql',
  sqlite: 'sqlite',
  // Names in brackets.
  'microsoft.sql_server': 'sqlite',
};

/** How its statements are read; what is not known well is read with care. */
export function dialectOf(system: DatabaseSystem): SqlDialect {
  return DIALECTS[system] ?? 'standard';
}
