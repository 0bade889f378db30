import type { DriftItem } from '../schema-plan.js';
import { whileBusy } from '../../sqlite/sqlite-error.js';
import { driftOf, HISTORY_TABLE, SchemaState, STATE_TABLE } from '../schema-state.js';

/** How long a read waits for another process that holds the file. */
const OTHER_PROCESS_MS = 10_000;

interface Statement {
  all(...values: unknown[]): Record<string, unknown>[];
}

/** The tables of the suite in a SQLite file. Its own counter of changes to the schema is the checksum. */
export class SqliteSchemaState extends SchemaState {
  async find(): Promise<DriftItem[] | undefined> {
    const row = await this.#plainQuery(
      `SELECT checksum = (SELECT schema_version FROM pragma_schema_version) AS same, drift FROM ${STATE_TABLE} WHERE fingerprint = ?`,
      this.identity.fingerprint,
    );
    return row && Number(row['same']) === 1 ? driftOf(row['drift']) : undefined;
  }

  protected async create(): Promise<void> {
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${STATE_TABLE} (fingerprint TEXT NOT NULL PRIMARY KEY, checksum INTEGER NOT NULL, ` +
        'version TEXT, drift TEXT NOT NULL, recorded_at TEXT NOT NULL)',
    );
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${HISTORY_TABLE} (run TEXT NOT NULL, seq INTEGER NOT NULL, fingerprint TEXT NOT NULL, ` +
        'version TEXT, host TEXT NOT NULL, pid INTEGER NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, ' +
        'statement TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, started_at TEXT NOT NULL, ms INTEGER, ' +
        'PRIMARY KEY (run, seq))',
    );
  }

  protected async checksum(): Promise<string> {
    return String((await this.#plainQuery('PRAGMA schema_version'))?.['schema_version']);
  }

  protected isDenied(): boolean {
    return false;
  }

  protected isWorthAnotherTry(): boolean {
    return false;
  }

  /** Past TypeORM, whose log would call a state table that is not there yet a failed query. */
  async #plainQuery(sql: string, ...values: unknown[]): Promise<Record<string, unknown> | undefined> {
    const { databaseConnection } = this.runner.connection.driver as unknown as {
      databaseConnection: { prepare(text: string): Statement };
    };
    try {
      return await whileBusy(OTHER_PROCESS_MS, async () => databaseConnection.prepare(sql).all(...values)[0]);
    } catch (error) {
      if (String(error).includes('no such table')) return undefined;
      throw error;
    }
  }
}
