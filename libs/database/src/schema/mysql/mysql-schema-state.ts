import type { PoolConnection, RowDataPacket } from 'mysql2';
import { driverError } from '../../driver-error.js';
import type { DriftItem } from '../schema-plan.js';
import { driftOf, HISTORY_TABLE, SchemaState, STATE_TABLE } from '../schema-state.js';
import { isDenied, isWorthAnotherTry } from './ddl-error.js';

const NO_SUCH_TABLE = 1146;

/** The tables of the suite in a MySQL, MariaDB or TiDB. */
export class MysqlSchemaState extends SchemaState {
  async find(): Promise<DriftItem[] | undefined> {
    const { fingerprint, tables } = this.identity;
    const sql =
      `SELECT checksum AS was, (${checksumSql(tables)}) AS is_now, drift AS drift ` +
      `FROM ${STATE_TABLE} WHERE fingerprint = '${fingerprint}'`;
    try {
      const [row] = await this.#plainQuery(sql);
      return row && String(row['was']) === String(row['is_now']) ? driftOf(row['drift']) : undefined;
    } catch (error) {
      if (driverError(error).errno === NO_SUCH_TABLE || isDenied(error)) return undefined;
      throw error;
    }
  }

  protected async create(): Promise<void> {
    const there = await this.#plainQuery(
      'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ' +
        `AND table_name IN ('${STATE_TABLE}', '${HISTORY_TABLE}')`,
    );
    // A user that may not create them may be allowed to write them.
    if (there.length === 2) return;
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${STATE_TABLE} (fingerprint CHAR(64) NOT NULL PRIMARY KEY, checksum VARCHAR(160) NOT NULL, ` +
        'version VARCHAR(100) NULL, drift LONGTEXT NOT NULL, recorded_at DATETIME(3) NOT NULL) DEFAULT CHARSET=utf8mb4',
    );
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${HISTORY_TABLE} (run CHAR(36) NOT NULL, seq INT NOT NULL, fingerprint CHAR(64) NOT NULL, ` +
        'version VARCHAR(100) NULL, host VARCHAR(255) NOT NULL, pid INT NOT NULL, kind VARCHAR(32) NOT NULL, ' +
        'object VARCHAR(255) NOT NULL, statement LONGTEXT NOT NULL, state VARCHAR(16) NOT NULL, reason TEXT NULL, ' +
        'started_at DATETIME(3) NOT NULL, ms INT NULL, PRIMARY KEY (run, seq)) DEFAULT CHARSET=utf8mb4',
    );
  }

  protected async checksum(): Promise<string> {
    const [row] = await this.#plainQuery(`SELECT (${checksumSql(this.identity.tables)}) AS is_now`);
    return String(row?.['is_now']);
  }

  protected isDenied(error: unknown): boolean {
    return isDenied(error);
  }

  protected isWorthAnotherTry(error: unknown): boolean {
    return isWorthAnotherTry(error);
  }

  /** Past TypeORM, whose log would call a state table that is not there yet a failed query. */
  async #plainQuery(sql: string): Promise<RowDataPacket[]> {
    const connection = (await this.runner.connect()) as PoolConnection;
    const { promise, resolve, reject } = Promise.withResolvers<RowDataPacket[]>();
    connection.query<RowDataPacket[]>(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
    return promise;
  }
}

const COLUMNS = [
  'table_name',
  'column_name',
  'column_type',
  'is_nullable',
  "IFNULL(column_default, '~')",
  'extra',
  "IFNULL(collation_name, '~')",
];
const INDEXES = [
  'table_name',
  'index_name',
  'seq_in_index',
  "IFNULL(column_name, '~')",
  'non_unique',
  'IFNULL(sub_part, 0)',
];

/**
 * A checksum of these tables by the server: what was changed by hand shows, other services' tables do not matter. SHA2,
 * as MySQL 9 has no MD5; CONVERT, as it would come back as bytes.
 */
function checksumSql(tables: readonly string[]): string {
  // A schema of migrations alone has no table of its own.
  const names = ['', ...tables].map((name) => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`).join();
  const sumOf = (source: string, parts: readonly string[]): string =>
    `(SELECT CONCAT(COUNT(*), '.', IFNULL(BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', ${parts.join()}), 256), 15), 16, 10) ` +
    `AS UNSIGNED)), 0)) FROM information_schema.${source} WHERE table_schema = DATABASE() AND table_name IN (${names}))`;
  return `SELECT CONVERT(CONCAT(${sumOf('columns', COLUMNS)}, '-', ${sumOf('statistics', INDEXES)}) USING utf8mb4)`;
}
