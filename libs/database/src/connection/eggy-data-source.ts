import {
  DataSource,
  type DataSourceOptions,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type ReplicationMode,
  type SelectQueryBuilder,
} from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { SynchronizeRefusedError } from '../database.errors.js';
import { EmbeddedQueryRunner } from '../sqlite/embedded-query-runner.js';
import { Turnstile } from '../sqlite/turnstile.js';
import type { Operations } from '../telemetry/operations.js';
import { TransactionScope } from '../transactions/transaction-scope.js';
import { withLateRunner } from './late-runner.js';
import { ScopedEntityManager } from './scoped-entity-manager.js';

/** How long a request waits for the transaction of another one on the embedded database. */
const EMBEDDED_TURN_MS = 30_000;

/**
 * TypeORM's data source, with transactions that every repository takes part in by itself, and with an embedded
 * database that keeps the transactions of its users apart.
 */
export class EggyDataSource extends DataSource {
  readonly scope = new TransactionScope(() => this.createQueryRunner());
  readonly #turnstile = new Turnstile(EMBEDDED_TURN_MS);
  /** No private field, as it is looked up through itself too. */
  private readonly late: DataSource;

  constructor(
    options: DataSourceOptions,
    /** Every statement of this data source. */
    readonly operations: Operations,
  ) {
    super(options);
    // The embedded database lends the runner of a transaction to everybody.
    this.late = options.type === 'better-sqlite3' ? this : withLateRunner(this, this.scope);
  }

  /** TypeORM has none of its own since version 1; `@nestjs/typeorm` reads it still. */
  get name(): string {
    return this.operations.dataSource;
  }

  // TypeORM's constructor calls this before the fields above are there.
  override createEntityManager(queryRunner?: QueryRunner): EntityManager {
    return new ScopedEntityManager(this, queryRunner);
  }

  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    if (this.options.type !== 'better-sqlite3') return super.createQueryRunner(mode);
    const current = this.scope.runner;
    // There is one connection: whoever asks for another inside a transaction is in that transaction.
    if (current instanceof EmbeddedQueryRunner) return current.lend();
    const runner = new EmbeddedQueryRunner(this.driver as BetterSqlite3Driver, this.#turnstile, this.operations);
    runner.manager = this.createEntityManager(runner);
    return runner;
  }

  override query<T = unknown>(sql: string, parameters?: unknown[] | ObjectLiteral, runner?: QueryRunner): Promise<T> {
    return super.query(sql, parameters, runner ?? this.scope.runner);
  }

  override createQueryBuilder<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    alias: string,
    runner?: QueryRunner,
  ): SelectQueryBuilder<Entity>;
  override createQueryBuilder(runner?: QueryRunner): SelectQueryBuilder<ObjectLiteral>;
  override createQueryBuilder(
    first?: EntityTarget<ObjectLiteral> | QueryRunner,
    alias?: string,
    runner?: QueryRunner,
  ): SelectQueryBuilder<ObjectLiteral> {
    const own = (alias === undefined ? (first as QueryRunner | undefined) : runner) ?? this.scope.runner;
    // Of its overloads the one that TypeScript takes here has one parameter.
    const asked = (alias === undefined ? [own] : [first, alias, own]) as [QueryRunner | undefined];
    return super.createQueryBuilder.apply(own ? this : this.late, asked) as SelectQueryBuilder<ObjectLiteral>;
  }

  /** @throws SynchronizeRefusedError always. */
  override synchronize(): Promise<void> {
    return Promise.reject(new SynchronizeRefusedError());
  }
}
