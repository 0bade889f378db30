import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ArgumentError } from '@eggybyte/errors';
import type { SchemaDialect } from './schema-dialect.js';
import { STATE_TABLE } from './schema-state.js';

/**
 * A migration as TypeORM has them: `up(queryRunner)`, and a name that ends in a timestamp of 13 digits. With `after` it
 * runs when missing tables and columns have been added, as a backfill needs it; all others run before that.
 */
export type VersionedMigration = MigrationInterface & { after?: boolean };

/** The class of a {@link VersionedMigration}. */
export type VersionedMigrationClass = new () => VersionedMigration;

export interface NamedMigration {
  name: string;
  timestamp: number;
  migration: VersionedMigration;
}

const TIMESTAMP_DIGITS = 13;

/** @throws ArgumentError for a name without a timestamp */
export function namedMigrations(given: readonly (VersionedMigrationClass | VersionedMigration)[]): NamedMigration[] {
  const named = given.map((item) => {
    const migration = typeof item === 'function' ? new item() : item;
    const name = migration.name ?? migration.constructor.name;
    const timestamp = Number(name.slice(-TIMESTAMP_DIGITS));
    if (!Number.isInteger(timestamp) || timestamp <= 0) {
      throw new ArgumentError('migrations', 'classes whose names end in a timestamp of 13 digits', name);
    }
    return { name, timestamp, migration };
  });
  return named.toSorted((a, b) => a.timestamp - b.timestamp);
}

/** Which migrations have run, in the table in which TypeORM remembers it. */
export class VersionedMigrations {
  constructor(
    private readonly dialect: SchemaDialect,
    private readonly all: readonly NamedMigration[],
    private readonly table: string,
  ) {}

  /**
   * Those that have to run, and those that count as done although nothing remembers them: a schema that was there before
   * the suite and without such a table has been made by hand, or by what these migrations were made of.
   */
  async pending(tables: readonly string[]): Promise<{ pending: NamedMigration[]; baseline: NamedMigration[] }> {
    if (this.all.length === 0) return { pending: [], baseline: [] };
    const live = await this.dialect.readLive([...tables, this.table, STATE_TABLE]);
    if (!live.has(this.table)) {
      const isForeign = !live.has(STATE_TABLE) && tables.some((table) => live.has(table));
      return isForeign ? { pending: [], baseline: [...this.all] } : { pending: [...this.all], baseline: [] };
    }
    const rows: { name: string }[] = await this.dialect.runner.query(`SELECT name FROM \`${this.table}\``);
    const done = new Set(rows.map(({ name }) => name));
    return { pending: this.all.filter(({ name }) => !done.has(name)), baseline: [] };
  }

  /** Remembers them as done, all or none of them. */
  async baseline(migrations: readonly NamedMigration[]): Promise<void> {
    const { runner } = this.dialect;
    const draft = `${this.table}_baseline`;
    await this.#create(draft);
    await runner.query(`DELETE FROM \`${draft}\``);
    for (const { name, timestamp } of migrations) await this.#remember(runner, draft, name, timestamp);
    // A table that was there half-filled would make the next start run what is done.
    await runner.query(`ALTER TABLE \`${draft}\` RENAME TO \`${this.table}\``);
  }

  /** Runs one in a transaction, unless it says that it wants none. DDL of MySQL commits nevertheless. */
  async run({ name, timestamp, migration }: NamedMigration): Promise<void> {
    const { runner } = this.dialect;
    await this.#create(this.table);
    const work = async (): Promise<void> => {
      await migration.up(runner);
      await this.#remember(runner, this.table, name, timestamp);
    };
    if (migration.transaction === false) await work();
    else await runner.manager.transaction(work);
  }

  async #create(table: string): Promise<void> {
    await this.dialect.runner.query(
      `CREATE TABLE IF NOT EXISTS \`${table}\` (\`id\` ${this.dialect.incrementType}, ` +
        '`timestamp` bigint NOT NULL, `name` varchar(255) NOT NULL)',
    );
  }

  async #remember(runner: QueryRunner, table: string, name: string, timestamp: number): Promise<void> {
    await runner.query(`INSERT INTO \`${table}\` (\`timestamp\`, \`name\`) VALUES (?, ?)`, [timestamp, name]);
  }
}
