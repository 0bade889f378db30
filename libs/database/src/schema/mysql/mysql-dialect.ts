import { setTimeout as sleep } from 'node:timers/promises';
import { type QueryRunner, Table, type TableColumn, type TableForeignKey, type TableIndex } from 'typeorm';
import { driverError } from '../../driver-error.js';
import { INIT_TABLE, InitializedTables } from '../initialized-tables.js';
import type { LiveColumn, LiveSchema } from '../live-schema.js';
import { RowProbe } from '../row-probe.js';
import { type ColumnChange, type ColumnDifference, recordSql, type SchemaDialect } from '../schema-dialect.js';
import type { SchemaStep } from '../schema-plan.js';
import { sameDefault, variesByRow } from './column-default.js';
import { canonicalType, wantedType } from './column-type.js';
import { columnDefinition } from './column-definition.js';
import { enforcesForeignKeys, type MysqlServer } from './mysql-server.js';
import { isAlreadyThere, isRefusal, isWorthAnotherTry } from './ddl-error.js';
import { readMysqlSchema } from './read-live.js';
import { widens } from './widening.js';

/** Each after it has waited for the table for as long as the session may. */
const TRIES = 6;
/** It is told at once. MySQL finds many where several processes change the same tables without a lock. */
const TRIES_AFTER_DEADLOCK = 30;
const DEADLOCK = 1213;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;

/** MySQL, MariaDB and TiDB. One change per ALTER: TiDB had no other way for long. */
export class MysqlDialect implements SchemaDialect {
  readonly rows: RowProbe;
  readonly defersKeys: boolean;
  readonly enforcesKeys: boolean;
  readonly createsChecks = false;
  readonly widensColumns = true;
  readonly incrementType = 'int NOT NULL AUTO_INCREMENT PRIMARY KEY';
  readonly initialized: InitializedTables;

  constructor(
    readonly runner: QueryRunner,
    private readonly server: MysqlServer,
    private readonly signal: AbortSignal,
  ) {
    this.rows = new RowProbe(runner, quote);
    this.enforcesKeys = enforcesForeignKeys(server);
    this.defersKeys = this.enforcesKeys;
    this.initialized = new InitializedTables(runner, ' DEFAULT CHARSET=utf8mb4');
  }

  readLive(tables: readonly string[]): Promise<LiveSchema> {
    // The name of any table keeps the list from being empty.
    return readMysqlSchema(this.runner, [...tables, INIT_TABLE], this.server);
  }

  missingFeature({ indices }: Table): string | undefined {
    const special = indices.find(({ isFulltext, isSpatial }) => isFulltext || isSpatial);
    if (!special || this.server.flavour !== 'tidb') return undefined;
    return `TiDB has no FULLTEXT and no SPATIAL index (${special.name})`;
  }

  cannotAdd({ default: byDefault }: TableColumn): string | undefined {
    if (this.server.flavour === 'mariadb' || !variesByRow(String(byDefault))) return undefined;
    return `the server adds no column whose default differs from row to row (${byDefault})`;
  }

  compareColumn(wanted: TableColumn, live: LiveColumn): ColumnDifference {
    const { flavour } = this.server;
    const [liveType, type] = [
      canonicalType(live.type, flavour),
      wantedType(this.runner.connection.driver, wanted, flavour),
    ];
    // To MariaDB JSON is a text with a check, which the text of another column does not have to pass.
    const isJson = wanted.type === 'json';
    return {
      liveType,
      wantedType: type,
      widens: !isJson && widens(liveType, type),
      holds: widens(type, liveType),
      sameDefault: sameDefault(live.default, textOf(wanted.default), type),
    };
  }

  indexesOf({ indices }: Table): TableIndex[] {
    return indices;
  }

  async createTable(table: Table): Promise<SchemaStep[]> {
    if (!this.enforcesKeys) table.foreignKeys = [];
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

  async widenColumn(table: Table, live: LiveColumn, change: ColumnChange, inPlace: boolean): Promise<SchemaStep> {
    const definition = columnDefinition(live, change, await this.#checkOf(table.name, live.name));
    const sql = `ALTER TABLE ${quote(table.name)} MODIFY COLUMN ${quote(live.name)} ${definition}`;
    const bounded = inPlace && this.server.flavour !== 'tidb' ? `${sql}, ALGORITHM=INPLACE, LOCK=NONE` : sql;
    return { ...step('widen-column', table, live.name, bounded), optional: true };
  }

  async createIndex(table: Table, index: TableIndex, inPlace: boolean): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createIndex(table.clone(), index));
    const bounds = inPlace && this.server.flavour !== 'tidb' ? ' ALGORITHM=INPLACE LOCK=NONE' : '';
    return statements.map((sql) => step('create-index', table, index.name ?? '', `${sql}${bounds}`));
  }

  async addForeignKey(table: Table, key: TableForeignKey): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createForeignKey(table.clone(), key));
    return statements.map((sql) => ({ ...step('add-foreign-key', table, key.name ?? '', sql), optional: true }));
  }

  relaxingSql(table: string, column: LiveColumn): string {
    const definition = columnDefinition(column, { type: column.type, nullable: true });
    return `ALTER TABLE ${quote(table)} MODIFY COLUMN ${quote(column.name)} ${definition}`;
  }

  async apply({ sql }: SchemaStep): Promise<'done' | 'exists'> {
    for (let tries = 1; ; tries++) {
      try {
        await this.runner.query(sql);
        return 'done';
      } catch (error) {
        if (isAlreadyThere(error)) return 'exists';
        const most = driverError(error).errno === DEADLOCK ? TRIES_AFTER_DEADLOCK : TRIES;
        if (!isWorthAnotherTry(error) || tries >= most) throw error;
        const pauseMs = Math.min(FIRST_PAUSE_MS * tries, LONGEST_PAUSE_MS) * (0.5 + Math.random());
        await sleep(pauseMs, undefined, { signal: this.signal });
      }
    }
  }

  isRefusal(error: unknown): boolean {
    return isRefusal(error);
  }

  async inTransaction(work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    await this.runner.manager.transaction(() => work(this.runner));
  }

  /** MariaDB takes a CHECK of a column away with a MODIFY that does not repeat it. */
  async #checkOf(table: string, column: string): Promise<string | undefined> {
    if (this.server.flavour !== 'mariadb') return undefined;
    const [row]: { clause: string }[] = await this.runner
      .query(
        'SELECT check_clause AS clause FROM information_schema.check_constraints ' +
          "WHERE constraint_schema = DATABASE() AND table_name = ? AND constraint_name = ? AND level = 'Column'",
        [table, column],
      )
      .catch((error: unknown) => {
        // Servers before 10.5.10 do not tell.
        if (driverError(error).code === 'ER_BAD_FIELD_ERROR') return [];
        throw error;
      });
    return row?.clause;
  }
}

/** TypeORM writes `undefined` and `null` for none. */
function textOf(value: TableColumn['default']): string | undefined {
  return value === null ? undefined : (value as string | undefined);
}

function step(kind: SchemaStep['kind'], { name }: Table, object: string, sql: string): SchemaStep {
  return { kind, table: name, object, sql };
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
