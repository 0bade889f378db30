import { setTimeout as sleep } from 'node:timers/promises';
import { type QueryRunner, Table, type TableColumn, type TableForeignKey, type TableIndex } from 'typeorm';
import { driverError } from '../driver-error.js';
import { RowProbe } from './row-probe.js';
import { LiveSchema, recordSql, type SchemaDialect } from './schema-dialect.js';
import type { SchemaStep } from './schema-plan.js';

/** Table, column, index and foreign key exist already. */
const ALREADY_THERE = new Set([1050, 1060, 1061, 1826]);
/** Lock wait timeout, deadlock, and TiDB's "Information schema is changed". */
const WORTH_ANOTHER_TRY = new Set([1205, 1213, 8028]);
const TRIES = 6;
const FIRST_PAUSE_MS = 200;

/** Tables whose initTable has not succeeded yet. DDL commits by itself, so it cannot be told from the table alone. */
const PENDING_TABLE = 'eggy_pending_init';

/** MySQL, MariaDB and TiDB. One change per ALTER: TiDB had no other way for long. */
export class MysqlDialect implements SchemaDialect {
  readonly defersKeys = true;
  readonly #probe: RowProbe;

  constructor(
    readonly runner: QueryRunner,
    private readonly signal: AbortSignal,
  ) {
    this.#probe = new RowProbe(runner, quote);
  }

  async readLive(tables: readonly string[]): Promise<LiveSchema> {
    const names = [...tables, PENDING_TABLE];
    // MySQL 8 answers with upper-case names where the query has no alias.
    const rows: { table: string; column: string; fold: unknown }[] = await this.runner.query(
      'SELECT table_name AS `table`, column_name AS `column`, @@lower_case_table_names <> 0 AS fold ' +
        `FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN (${names.map(() => '?').join()})`,
      names,
    );
    return new LiveSchema(rows, Number(rows[0]?.fold ?? 0) === 1);
  }

  hasRows(table: string, atLeast: number): Promise<boolean> {
    return this.#probe.hasRows(table, atLeast);
  }

  hasDuplicates(table: string, columns: readonly string[]): Promise<boolean> {
    return this.#probe.hasDuplicates(table, columns);
  }

  indexesOf(table: Table): TableIndex[] {
    return table.indices;
  }

  async createTable(table: Table): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createTable(table, false, true));
    // A server without configuration would make a latin1 table.
    return statements.map((sql) => step('create-table', table, table.name, `${sql} DEFAULT CHARSET=utf8mb4`));
  }

  async addColumn(table: Table, column: TableColumn): Promise<SchemaStep[]> {
    const alone = column.clone();
    alone.isUnique = false;
    const bare = new Table({ name: table.name });
    const statements = await recordSql(this.runner, () => this.runner.addColumn(bare, alone));
    return statements.map((sql) => step('add-column', table, column.name, sql));
  }

  async createIndex(table: Table, index: TableIndex): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createIndex(table.clone(), index));
    return statements.map((sql) => step('create-index', table, index.name ?? '', sql));
  }

  async addForeignKey(table: Table, key: TableForeignKey): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createForeignKey(table.clone(), key));
    return statements.map((sql) => step('add-foreign-key', table, key.name ?? '', sql));
  }

  async apply({ sql }: SchemaStep): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.runner.query(sql);
        return;
      } catch (error) {
        const { errno = 0 } = driverError(error);
        if (ALREADY_THERE.has(errno)) return;
        if (!WORTH_ANOTHER_TRY.has(errno) || tries === TRIES) throw error;
        await sleep(FIRST_PAUSE_MS * tries * (0.5 + Math.random()), undefined, { signal: this.signal });
      }
    }
  }

  async expectInitialization(table: string): Promise<void> {
    await this.runner.query(
      `CREATE TABLE IF NOT EXISTS ${PENDING_TABLE} (table_name VARCHAR(190) NOT NULL PRIMARY KEY) DEFAULT CHARSET=utf8mb4`,
    );
    await this.runner.query(`INSERT IGNORE INTO ${PENDING_TABLE} VALUES (?)`, [table]);
  }

  async pendingInitializations(live: LiveSchema): Promise<ReadonlySet<string>> {
    if (!live.has(PENDING_TABLE)) return new Set();
    const rows: { name: string }[] = await this.runner.query(`SELECT table_name AS name FROM ${PENDING_TABLE}`);
    return new Set(rows.map(({ name }) => name));
  }

  async initialize(table: string, work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    await this.runner.manager.transaction(async () => {
      await work(this.runner);
      await this.runner.query(`DELETE FROM ${PENDING_TABLE} WHERE table_name = ?`, [table]);
    });
  }
}

function step(kind: SchemaStep['kind'], { name }: Table, object: string, sql: string): SchemaStep {
  return { kind, table: name, object, sql };
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
