import type { QueryRunner } from 'typeorm';

/** Values that are counted at most; more are as bad as so many. */
const MOST_DUPLICATES = 1000;

/** What a plan has to know of the rows of a table. The dialects differ in how they quote a name, and in nothing else. */
export class RowProbe {
  /** Tables and the most rows that they were asked for, with the answer: a plan asks once per column. */
  readonly #known = new Map<string, boolean>();

  constructor(
    private readonly runner: QueryRunner,
    private readonly quote: (name: string) => string,
  ) {}

  /** Whether the table has at least so many rows. Reads no more of them. */
  async has(table: string, atLeast: number): Promise<boolean> {
    const key = `${atLeast} ${table}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const sql = `SELECT COUNT(*) AS n FROM (SELECT 1 FROM ${this.quote(table)} LIMIT ${atLeast}) probe`;
    const [row]: { n: unknown }[] = await this.runner.query(sql);
    const has = Number(row?.n) >= atLeast;
    this.#known.set(key, has);
    return has;
  }

  /** How many values of these columns, none of them NULL, several rows have; no column at all is one value. */
  async duplicates(table: string, columns: readonly string[]): Promise<number> {
    if (columns.length === 0) return (await this.has(table, 2)) ? 1 : 0;
    const list = columns.map((column) => this.quote(column)).join();
    const present = columns.map((column) => `${this.quote(column)} IS NOT NULL`).join(' AND ');
    const groups =
      `SELECT 1 FROM ${this.quote(table)} WHERE ${present} GROUP BY ${list} HAVING COUNT(*) > 1 ` +
      `LIMIT ${MOST_DUPLICATES}`;
    const [row]: { n: unknown }[] = await this.runner.query(`SELECT COUNT(*) AS n FROM (${groups}) duplicates`);
    return Number(row?.n);
  }
}
