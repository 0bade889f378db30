import type { ObjectLiteral } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { measured } from '../telemetry/measured.js';
import type { Operations } from '../telemetry/operations.js';
import type { NodeSqlite } from './node-sqlite.js';
import { whileBusy } from './sqlite-error.js';
import type { Turnstile } from './turnstile.js';

/** How long a statement or a transaction waits for another process that holds the file. */
const OTHER_PROCESS_MS = 10_000;

/**
 * One user of the one connection that SQLite has. TypeORM's own runner is shared by everybody, so that a statement of
 * one request lands in the transaction of another (https://github.com/typeorm/typeorm/issues/1884). Here every user
 * has a runner of its own, and the turnstile lets a statement or a whole transaction through at a time.
 */
export class EmbeddedQueryRunner extends BetterSqlite3QueryRunner {
  /** There from the begin of a transaction to its end. */
  #leave: (() => void) | undefined;
  #borrowers = 0;

  constructor(
    driver: BetterSqlite3Driver,
    private readonly turnstile: Turnstile,
    private readonly operations: Operations,
  ) {
    super(driver);
  }

  /** The same runner for somebody else inside its transaction, who will release it too. */
  lend(): this {
    this.#borrowers++;
    return this;
  }

  // The result's type is TypeORM's, which has one for each of its overloads.
  override async query(sql: string, parameters?: unknown[] | ObjectLiteral, useStructuredResult?: boolean) {
    // A transaction that reads first and then writes fails when another process wrote in between; IMMEDIATE waits instead.
    if (sql === 'BEGIN TRANSACTION') return this.#untilFree('BEGIN IMMEDIATE TRANSACTION');
    if (this.#leave) {
      return measured(this.operations, sql, () => super.query(sql, parameters, useStructuredResult));
    }
    const leave = await this.turnstile.enter();
    try {
      return await this.#untilFree(sql, parameters, useStructuredResult);
    } finally {
      leave();
    }
  }

  /** SQLite's transactions are serializable, which is no less than what any level asks for. */
  override async startTransaction(_isolationLevel?: IsolationLevel): Promise<void> {
    if (this.#leave) return super.startTransaction();
    this.#leave = await this.turnstile.enter();
    try {
      await super.startTransaction();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  override async commitTransaction(): Promise<void> {
    await super.commitTransaction();
    if (!this.isTransactionActive) this.#end();
  }

  override async rollbackTransaction(): Promise<void> {
    const outermost = this.transactionDepth <= 1;
    try {
      await super.rollbackTransaction();
    } finally {
      if (outermost) this.#end();
    }
  }

  override async release(): Promise<void> {
    if (this.#borrowers > 0) {
      this.#borrowers--;
      return;
    }
    if (this.#leave) this.#end();
    await super.release();
    this.isReleased = true;
  }

  /** The connection is everybody's: whatever went wrong, nobody finds this transaction open on it. */
  #end(): void {
    try {
      const { databaseConnection } = this.driver as unknown as { databaseConnection: NodeSqlite };
      if (databaseConnection.inTransaction ?? this.isTransactionActive) databaseConnection.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, on a full disk for example.
    }
    this.isTransactionActive = false;
    this.transactionDepth = 0;
    this.#leave?.();
    this.#leave = undefined;
  }

  #untilFree(sql: string, parameters?: unknown[] | ObjectLiteral, useStructuredResult?: boolean) {
    const attempt = () => super.query(sql, parameters, useStructuredResult);
    return measured(this.operations, sql, () => whileBusy(OTHER_PROCESS_MS, attempt));
  }
}
