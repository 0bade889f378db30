import type { QueryRunner, Table, TableColumn, TableForeignKey, TableIndex } from 'typeorm';
import type { SchemaStep } from './schema-plan.js';

/** What the schema work needs to know of a database, bound to the connection that holds the schema lock. */
export interface SchemaDialect {
  readonly runner: QueryRunner;
  /** Foreign keys may be added to a table that exists; otherwise they are part of CREATE TABLE or of the column. */
  readonly defersKeys: boolean;
  readLive(tables: readonly string[]): Promise<LiveSchema>;
  /** Whether the table has at least so many rows. */
  hasRows(table: string, atLeast: number): Promise<boolean>;
  /** Whether two rows agree in these columns, none of them NULL; in no column at all, two rows always do. */
  hasDuplicates(table: string, columns: readonly string[]): Promise<boolean>;
  indexesOf(table: Table): TableIndex[];
  createTable(table: Table): Promise<SchemaStep[]>;
  addColumn(table: Table, column: TableColumn, hasRows: boolean): Promise<SchemaStep[]>;
  createIndex(table: Table, index: TableIndex): Promise<SchemaStep[]>;
  addForeignKey(table: Table, key: TableForeignKey): Promise<SchemaStep[]>;
  /** Runs a statement; what somebody else has already done counts as done. */
  apply(step: SchemaStep): Promise<void>;
  /** Remembers, before the table is there, that its initTable has to run. */
  expectInitialization(table: string): Promise<void>;
  /** Tables that exist and whose initTable has not succeeded yet. */
  pendingInitializations(live: LiveSchema): Promise<ReadonlySet<string>>;
  /** Runs initTable in a transaction of its own and forgets that it has to run, both or neither. */
  initialize(table: string, work: (runner: QueryRunner) => Promise<void>): Promise<void>;
}

/** The tables and columns that are there. */
export class LiveSchema {
  readonly #columns = new Map<string, Set<string>>();

  /** @param foldTables whether the server takes table names that differ in case for the same; column names always are */
  constructor(
    rows: readonly { table: string; column: string }[],
    private readonly foldTables: boolean,
  ) {
    for (const { table, column } of rows) {
      const columns = this.#columns.get(this.#key(table)) ?? new Set();
      this.#columns.set(this.#key(table), columns.add(column.toLowerCase()));
    }
  }

  has(table: string): boolean {
    return this.#columns.has(this.#key(table));
  }

  hasColumn(table: string, column: string): boolean {
    return this.#columns.get(this.#key(table))?.has(column.toLowerCase()) ?? false;
  }

  #key(table: string): string {
    return this.foldTables ? table.toLowerCase() : table;
  }
}

/** The SQL that TypeORM's runner would send. It also writes to a table of its own, which only `synchronize` reads. */
export async function recordSql(runner: QueryRunner, work: () => Promise<void>): Promise<string[]> {
  runner.enableSqlMemory();
  try {
    await work();
    const statements = runner.getMemorySql().upQueries.map(({ query }) => query);
    return statements.filter((sql) => /^(?:CREATE|ALTER) /.test(sql));
  } finally {
    runner.disableSqlMemory();
  }
}
