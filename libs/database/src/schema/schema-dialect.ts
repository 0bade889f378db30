import type { QueryRunner, Table, TableColumn, TableForeignKey, TableIndex } from 'typeorm';
import type { InitializedTables } from './initialized-tables.js';
import type { LiveColumn, LiveSchema } from './live-schema.js';
import type { RowProbe } from './row-probe.js';
import type { SchemaStep } from './schema-plan.js';

/** How a column that is there compares with what the entity asks for. */
export interface ColumnDifference {
  /** In the form in which the same types are equal. */
  liveType: string;
  wantedType: string;
  /** Every value of the live type is the same value in the wanted one. */
  widens: boolean;
  /** The other way round: the live type is the larger one. */
  holds: boolean;
  sameDefault: boolean;
}

/** What is to become of a column. All else stays as it is. */
export interface ColumnChange {
  type: string;
  nullable: boolean;
}

/** What the schema work needs to know of a database, bound to one connection. */
export interface SchemaDialect {
  readonly runner: QueryRunner;
  readonly rows: RowProbe;
  /** Foreign keys may be added to a table that exists; otherwise they are part of CREATE TABLE or of the column. */
  readonly defersKeys: boolean;
  /** Foreign keys have an effect. */
  readonly enforcesKeys: boolean;
  readonly createsChecks: boolean;
  readonly widensColumns: boolean;
  /** Definition of a primary key that counts up. */
  readonly incrementType: string;
  readLive(tables: readonly string[]): Promise<LiveSchema>;
  /** What the table needs and the server has not, as a sentence. */
  missingFeature(table: Table): string | undefined;
  /** Why a table that exists cannot get the column, as a sentence, although a new one can. */
  cannotAdd(column: TableColumn): string | undefined;
  compareColumn(wanted: TableColumn, live: LiveColumn): ColumnDifference;
  indexesOf(table: Table): TableIndex[];
  createTable(table: Table): Promise<SchemaStep[]>;
  addColumn(table: Table, column: TableColumn, hasRows: boolean): Promise<SchemaStep[]>;
  /** @param inPlace whether the server has to refuse what it cannot do without copying or blocking the table */
  widenColumn(table: Table, live: LiveColumn, change: ColumnChange, inPlace: boolean): Promise<SchemaStep>;
  createIndex(table: Table, index: TableIndex, inPlace: boolean): Promise<SchemaStep[]>;
  addForeignKey(table: Table, key: TableForeignKey): Promise<SchemaStep[]>;
  /** The statement by which a column that no entity knows no longer needs a value. */
  relaxingSql(table: string, column: LiveColumn): string | undefined;
  /** Runs a statement; what somebody else has already done counts as done. */
  apply(step: SchemaStep): Promise<'done' | 'exists'>;
  /** Whether the server refused an optional statement, as opposed to a lost connection or a missing right. */
  isRefusal(error: unknown): boolean;
  /** What is remembered of the tables that have an `initTable`. */
  readonly initialized: InitializedTables;
  /** Runs work whose writes happen all or not at all. */
  inTransaction(work: (runner: QueryRunner) => Promise<void>): Promise<void>;
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
