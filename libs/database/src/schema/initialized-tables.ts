import type { QueryRunner } from 'typeorm';

export const INIT_TABLE = 'eggy_table_init';

/** Why `initTable` has to run: the table was made, or it got or widened a column. */
export type PendingReason = 'created' | 'changed';

/** What is remembered of a table that has an `initTable`. */
export interface InitializedTable {
  /** That its last `initTable` ran for; 0 for a table that none has run for. */
  version: number;
  /** Absent when nothing is left to do. */
  pending: PendingReason | undefined;
}

/** A table of which nothing is remembered has been there before, or was initialised by the version that all begin with. */
export const INITIALIZED: InitializedTable = { version: 1, pending: undefined };

/**
 * What the database remembers of `initTable`, in words that MySQL and SQLite share. DDL of MySQL commits by itself, so
 * what has to run is written down before the table is made or changed.
 */
export class InitializedTables {
  constructor(
    private readonly runner: QueryRunner,
    private readonly tableOptions: string,
  ) {}

  async all(): Promise<ReadonlyMap<string, InitializedTable>> {
    if (!(await this.runner.hasTable(INIT_TABLE))) return new Map();
    const rows: { name: string; version: unknown; pending: PendingReason | null }[] = await this.runner.query(
      `SELECT table_name AS name, version, pending FROM ${INIT_TABLE}`,
    );
    return new Map(
      rows.map(({ name, version, pending }) => [name, { version: Number(version), pending: pending ?? undefined }]),
    );
  }

  /** To be called before anything is written: the statement ends a transaction of MySQL. */
  async prepare(): Promise<void> {
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${INIT_TABLE} (table_name VARCHAR(190) NOT NULL PRIMARY KEY, version INT NOT NULL, ` +
        `pending VARCHAR(8) NULL)${this.tableOptions}`,
    );
  }

  /** What is expected of a new table stays so until it has happened. */
  async expect(tables: ReadonlyMap<string, PendingReason>): Promise<void> {
    if (tables.size === 0) return;
    await this.prepare();
    const all = await this.all();
    for (const [table, pending] of tables) {
      const known = all.get(table) ?? INITIALIZED;
      if (pending === 'created') await this.#write(table, 0, pending);
      else if (known.pending !== 'created') await this.#write(table, known.version, pending);
    }
  }

  /** `initTable` has run for this version. */
  async done(table: string, version: number): Promise<void> {
    if (version > INITIALIZED.version) await this.#write(table, version, null);
    else await this.runner.query(`DELETE FROM ${INIT_TABLE} WHERE table_name = ?`, [table]);
  }

  async #write(table: string, version: number, pending: PendingReason | null): Promise<void> {
    await this.runner.query(`REPLACE INTO ${INIT_TABLE} (table_name, version, pending) VALUES (?, ?, ?)`, [
      table,
      version,
      pending,
    ]);
  }
}
