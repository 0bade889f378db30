import type { QueryRunner } from 'typeorm';

/** What a plan has to know of the rows of a table. The dialects differ in how they quote a name, and in nothing else. */
export class RowProbe {
  constructor(
    private readonly runner: QueryRunner,
    private readonly quote: (name: string) => string,
  ) {}

  /** Whether the table has at least so many rows. */
  async hasRows(table: string, atLeast: number): Promise<boolean> {
    const rows: unknown[] = await this.runner.query(`SELECT 1 FROM ${this.quote(table)} LIMIT ${atLeast}`);
    return rows.length >= atLeast;
  }

  /** Whether two rows agree in these columns, none of them NULL; in no column at all, two rows always do. */
  async hasDuplicates(table: string, columns: readonly string[]): Promise<boolean> {
    if (columns.length === 0) return this.hasRows(table, 2);
    const list = columns.map((column) => this.quote(column)).join();
    const present = columns.map((column) => `${this.quote(column)} IS NOT NULL`).join(' AND ');
    const rows: unknown[] = await this.runner.query(
      `SELECT 1 FROM ${this.quote(table)} WHERE ${present} GROUP BY ${list} HAVING COUNT(*) > 1 LIMIT 1`,
    );
    return rows.length > 0;
  }
}
