import type { QueryRunner } from 'typeorm';

export const PENDING_TABLE = 'eggy_pending_init';

/** Tables whose initTable has not succeeded yet. DDL commits by itself, so it cannot be told from the table alone. */
export class PendingTables {
  constructor(private readonly runner: QueryRunner) {}

  async add(table: string): Promise<void> {
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${PENDING_TABLE} (table_name VARCHAR(190) NOT NULL PRIMARY KEY) DEFAULT CHARSET=utf8mb4`,
    );
    await this.runner.query(`INSERT IGNORE INTO ${PENDING_TABLE} VALUES (?)`, [table]);
  }

  async all(): Promise<ReadonlySet<string>> {
    const rows: { name: string }[] = await this.runner.query(`SELECT table_name AS name FROM ${PENDING_TABLE}`);
    return new Set(rows.map(({ name }) => name));
  }

  async remove(table: string): Promise<void> {
    await this.runner.query(`DELETE FROM ${PENDING_TABLE} WHERE table_name = ?`, [table]);
  }
}
