import { type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { InitializedTables } from '../initialized-tables.js';
import type { LiveColumn, LiveSchema } from '../live-schema.js';
import { sameDefault } from '../mysql/column-default.js';
import { isConstant } from '../plan-columns.js';
import { RowProbe } from '../row-probe.js';
import { type ColumnDifference, recordSql, type SchemaDialect } from '../schema-dialect.js';
import type { SchemaStep } from '../schema-plan.js';
import { affinityOf } from './affinity.js';
import { readSqliteSchema } from './read-live.js';

/** SQLite, inside one transaction: all of it happens or nothing does, initTable included. */
export class SqliteDialect implements SchemaDialect {
  readonly rows: RowProbe;
  readonly defersKeys = false;
  readonly enforcesKeys = true;
  readonly createsChecks = true;
  readonly widensColumns = false;
  readonly incrementType = 'integer NOT NULL PRIMARY KEY AUTOINCREMENT';
  readonly initialized: InitializedTables;

  constructor(readonly runner: QueryRunner) {
    this.rows = new RowProbe(runner, quote);
    this.initialized = new InitializedTables(runner, '');
  }

  readLive(): Promise<LiveSchema> {
    return readSqliteSchema(this.runner);
  }

  cannotAdd(): undefined {
    return undefined;
  }

  missingFeature(): undefined {
    return undefined;
  }

  /** SQLite stores by the affinity of a type and looks at nothing else of it: every length has room for every other. */
  compareColumn(wanted: TableColumn, live: LiveColumn): ColumnDifference {
    const type = this.runner.connection.driver.createFullType(wanted);
    const [liveType, wantedType] = [affinityOf(live.type), affinityOf(type)];
    const byDefault = isNone(wanted.default) ? undefined : String(wanted.default);
    // Added to a table with rows a default that is no constant is left out, and TypeORM writes it itself.
    const isLeftOut = live.default === undefined && byDefault !== undefined && !isConstant(byDefault);
    const same = isLeftOut || sameDefault(live.default, byDefault, NUMBERS.has(wantedType) ? 'double' : type);
    if (live.values && wanted.enum) return { ...compareValues(live.values, wanted.enum), sameDefault: same };
    return { liveType, wantedType, widens: false, holds: false, sameDefault: same };
  }

  /** A constraint cannot be added to a table that exists; a unique index does the same. */
  indexesOf({ indices, uniques }: Table): TableIndex[] {
    return [...indices, ...uniques.map(({ columnNames, name = '' }) => uniqueIndex(name, columnNames))];
  }

  async createTable(table: Table): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createTable(table, false, true, true));
    return statements.map((sql) => {
      const [, index] = /^CREATE (?:UNIQUE )?INDEX "([^"]+)"/.exec(sql) ?? [];
      return index ? step('create-index', table, index, sql) : step('create-table', table, table.name, sql);
    });
  }

  async addColumn(table: Table, column: TableColumn, hasRows: boolean): Promise<SchemaStep[]> {
    const alone = column.clone();
    alone.isUnique = false;
    // On a table with rows SQLite refuses a default that is not a constant, such as the time of day. The rows get it
    // by an update, and new ones by TypeORM, which writes the default into its INSERT.
    const fill = hasRows && !isNone(column.default) && !isConstant(column.default);
    if (fill) {
      alone.isNullable = true;
      alone.default = undefined;
    }
    const definition = `${await this.#definitionOf(table, alone)}${this.#reference(table, alone, hasRows)}`;
    const at = quote(table.name);
    return [
      step('add-column', table, column.name, `ALTER TABLE ${at} ADD COLUMN ${definition}`),
      ...(fill
        ? [step('fill-column', table, column.name, `UPDATE ${at} SET ${quote(column.name)} = (${column.default})`)]
        : []),
    ];
  }

  async createIndex(table: Table, index: TableIndex): Promise<SchemaStep[]> {
    const statements = await recordSql(this.runner, () => this.runner.createIndex(table.clone(), index));
    return statements.map((sql) => step('create-index', table, index.name ?? '', sql));
  }

  async addForeignKey(): Promise<SchemaStep[]> {
    return [];
  }

  async widenColumn(): Promise<never> {
    throw new TypeError('SQLite changes no column');
  }

  relaxingSql(): undefined {
    return undefined;
  }

  async apply({ sql }: SchemaStep): Promise<'done'> {
    await this.runner.query(sql);
    return 'done';
  }

  isRefusal(): boolean {
    return false;
  }

  async inTransaction(work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    await work(this.runner);
  }

  /** The column as TypeORM writes it in CREATE TABLE; its own addColumn() copies the whole table. */
  async #definitionOf(table: Table, column: TableColumn): Promise<string> {
    const only = new Table({ name: table.name, columns: [column] });
    const [sql = ''] = await recordSql(this.runner, () => this.runner.createTable(only, false, false, false));
    return sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')'));
  }

  #reference(table: Table, column: TableColumn, hasRows: boolean): string {
    const key = table.foreignKeys.find(({ columnNames }) => columnNames.join() === column.name);
    const [referenced] = key?.referencedColumnNames ?? [];
    // The rows that are there would have to refer to something.
    if (!key || !referenced || (hasRows && !isNone(column.default))) return '';
    const onDelete = key.onDelete ? ` ON DELETE ${key.onDelete}` : '';
    const onUpdate = key.onUpdate ? ` ON UPDATE ${key.onUpdate}` : '';
    return ` REFERENCES ${quote(key.referencedTableName)} (${quote(referenced)})${onDelete}${onUpdate}`;
  }
}

const NUMBERS = new Set(['INTEGER', 'REAL', 'NUMERIC']);

/** Of an enum, whose values a CHECK holds that SQLite cannot change. */
function compareValues(live: readonly string[], wanted: readonly string[]): Omit<ColumnDifference, 'sameDefault'> {
  const has = (all: readonly string[], some: readonly string[]): boolean => some.every((value) => all.includes(value));
  const typeOf = (values: readonly string[]): string => `one of ${values.toSorted().join(', ')}`;
  const [widens, holds] = [has(wanted, live), has(live, wanted)];
  const same = widens && holds;
  return { liveType: typeOf(live), wantedType: typeOf(wanted), widens: widens && !same, holds: holds && !same };
}

function uniqueIndex(name: string, columnNames: string[]): TableIndex {
  return new TableIndex({ name, columnNames: [...columnNames], isUnique: true });
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

function step(kind: SchemaStep['kind'], { name }: Table, object: string, sql: string): SchemaStep {
  return { kind, table: name, object, sql };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
