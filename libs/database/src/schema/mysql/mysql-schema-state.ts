import type { PoolConnection, RowDataPacket } from 'mysql2';
import { driverError } from '../../driver-error.js';
import type { DriftItem } from '../schema-plan.js';
import { driftOf, HISTORY_TABLE, type SchemaIdentity, SchemaState, STATE_TABLE } from '../schema-state.js';
import { isDenied, isWorthAnotherTry } from './ddl-error.js';

const NO_SUCH_TABLE = 1146;

/** The tables of the suite in a MySQL, MariaDB or TiDB. */
export class MysqlSchemaState extends SchemaState {
  async find(): Promise<DriftItem[] | undefined> {
    const { fingerprint } = this.identity;
    const sql =
      `SELECT checksum AS was, (${checksumSql(this.identity)}) AS is_now, drift AS drift ` +
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
    const [row] = await this.#plainQuery(`SELECT (${checksumSql(this.identity)}) AS is_now`);
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

/** Not referential_constraints, which MariaDB shows to nobody who may only read. */
const KEYS = [
  'table_name',
  'constraint_name',
  'ordinal_position',
  'column_name',
  'referenced_table_name',
  'referenced_column_name',
];

/**
 * A checksum of these tables by the server: what was changed by hand shows, other services' tables do not matter. CRC32,
 * as it has to be quick; CONVERT, as it would come back as bytes. Foreign keys are looked at where entities have some, as
 * the server opens the tables once more for them.
 */
function checksumSql({ tables, keyedTables }: Pick<SchemaIdentity, 'tables' | 'keyedTables'>): string {
  const sums = [
    // A schema of migrations alone has no table of its own.
    sumOf('columns', COLUMNS, ['', ...tables]),
    sumOf('statistics', INDEXES, ['', ...tables]),
    ...(keyedTables.length > 0 ? [sumOf('key_column_usage', KEYS, keyedTables, REFERRING)] : []),
  ];
  return `SELECT CONVERT(CONCAT_WS('-', ${sums.join()}) USING utf8mb4)`;
}

/** Without it two rows that swap a part of theirs, as two columns their types, would often cancel out. */
const SPREAD = 2_654_435_761;

const REFERRING = 'AND referenced_table_name IS NOT NULL';

function sumOf(source: string, parts: readonly string[], tables: readonly string[], where = ''): string {
  const names = tables.map((name) => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`).join();
  return (
    `(SELECT CONCAT(COUNT(*), '.', BIT_XOR(CRC32(CONCAT_WS('|', ${parts.join()})) * ${SPREAD})) ` +
    `FROM information_schema.${source} WHERE table_schema = DATABASE() AND table_name IN (${names}) ${where})`
  );
}
