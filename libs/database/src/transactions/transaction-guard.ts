import type { QueryRunner } from 'typeorm';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import { TransactionEndedError } from '../database.errors.js';
import { rollbackCause, type RollbackCause } from './rollback-cause.js';
import { TransactionRolledBackError } from './transactions.errors.js';

type Query = (sql: string, ...rest: unknown[]) => Promise<unknown>;
type Stream = (sql: string, parameters?: unknown[], onEnd?: () => void, onError?: OnError) => Promise<ReadStream>;
type OnError = (error: Error) => void;

/** SERVER_STATUS_IN_TRANS of the protocol of MySQL. */
const IN_TRANSACTION = 1;

/**
 * Stands between a transaction and its connection, so that nothing is committed by itself that was meant to be part of
 * the transaction: neither what comes after its end, nor what comes after the database has undone it as a whole.
 */
export class TransactionGuard {
  readonly #query: Query;
  readonly #stream: Stream;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #streams = new Set<ReadStream>();
  #isSealed = false;
  #isCommitSent = false;
  #isCommitted = false;
  #isRolledBack = false;
  #wasInTransaction = false;
  #hasCommittedEarly = false;
  #lost: RollbackCause | undefined;

  constructor(private readonly runner: QueryRunner) {
    this.#query = runner.query.bind(runner) as Query;
    this.#stream = runner.stream.bind(runner) as Stream;
    const query: Query = (sql, ...rest) => this.#track(this.#send(sql, rest));
    const stream: Stream = (...args) => this.#track(this.#open(...args));
    Object.assign(runner, { query, stream });
  }

  /** Why the database has undone the whole transaction, or lost it with the connection. */
  get lost(): RollbackCause | undefined {
    return this.#lost;
  }

  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  get isRolledBack(): boolean {
    return this.#isRolledBack;
  }

  get isCommitSent(): boolean {
    return this.#isCommitSent;
  }

  /** Name of the reason to begin the transaction anew; none, when a part of it would then be done twice. */
  get repeatable(): string | undefined {
    return this.#lost?.isRepeatable && !this.#hasCommittedEarly ? this.#lost.code : undefined;
  }

  /** Nobody knows any more what the transaction holds. */
  lose(error: unknown): void {
    this.#lost ??= { error, code: 'savepoint lost', isRepeatable: false };
  }

  /**
   * From now on only the end of the transaction passes. Resolves when what was under way has its answer: it may tell
   * that there is nothing left to commit. A stream that is still read is cut, as the end would wait for its reader.
   */
  async seal(): Promise<void> {
    this.#isSealed = true;
    while (this.#underWay.size > 0) {
      for (const stream of this.#streams) cut(stream);
      await Promise.allSettled(this.#underWay);
    }
  }

  /** Gives the runner back as it was, when somebody goes on using it. */
  remove(): void {
    Object.assign(this.runner, { query: this.#query, stream: this.#stream });
  }

  async #send(sql: string, rest: unknown[]): Promise<unknown> {
    this.#assertOpen(sql);
    this.#isCommitSent ||= sql === 'COMMIT';
    try {
      const result = await this.#query(sql, ...rest);
      this.#isCommitted ||= sql === 'COMMIT';
      this.#isRolledBack ||= sql === 'ROLLBACK';
      this.#noteStatus(result, sql);
      return result;
    } catch (error) {
      await this.#noteFailure(error);
      throw error;
    }
  }

  async #open(...[sql, parameters, onEnd, onError]: Parameters<Stream>): Promise<ReadStream> {
    this.#assertOpen(sql);
    const stream = await this.#stream(sql, parameters, onEnd, (error) => {
      void this.#track(this.#noteFailure(error));
      onError?.(error);
    });
    this.#streams.add(stream);
    const closed = Promise.withResolvers<void>();
    stream.once('close', () => {
      this.#streams.delete(stream);
      closed.resolve();
    });
    void this.#track(closed.promise);
    return stream;
  }

  #assertOpen(sql: string): void {
    if (this.#isSealed && sql !== 'COMMIT' && sql !== 'ROLLBACK') throw new TransactionEndedError();
    if (this.#lost && !sql.startsWith('ROLLBACK')) {
      throw new TransactionRolledBackError(this.#lost.code, this.#lost.error);
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = work.catch(() => undefined).then(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    return work;
  }

  async #noteFailure(error: unknown): Promise<void> {
    if (this.#lost) return;
    // Of the embedded database, which has one connection.
    const { databaseConnection } = this.runner.dataSource.driver as {
      databaseConnection?: { inTransaction?: boolean };
    };
    const cause = await rollbackCause(error, {
      inTransaction: databaseConnection?.inTransaction,
      rollsBackOnTimeout: () => this.#rollsBackOnTimeout(),
    });
    this.#lost ??= cause;
  }

  /** The answer costs little after the wait for a lock, and the server may be another one than a while ago. */
  async #rollsBackOnTimeout(): Promise<boolean> {
    try {
      const rows = await this.#query('SELECT @@innodb_rollback_on_timeout AS `on`');
      return Number((rows as { on: unknown }[])[0]?.on) === 1;
    } catch {
      return false;
    }
  }

  /** MySQL commits by itself before and after DDL, such as TRUNCATE; what follows is in no transaction any more. */
  #noteStatus(result: unknown, sql: string): void {
    const { raw = result } = (result ?? {}) as { raw?: unknown };
    const { serverStatus } = (raw ?? {}) as { serverStatus?: unknown };
    if (typeof serverStatus !== 'number' || sql === 'COMMIT' || sql === 'ROLLBACK') return;
    const isIn = (serverStatus & IN_TRANSACTION) !== 0;
    if (this.#wasInTransaction && !isIn && !this.#hasCommittedEarly) {
      this.#hasCommittedEarly = true;
      loggerOf('Transactions', nameOfDataSource(this.runner.dataSource)).warn(
        'A statement such as TRUNCATE or CREATE has committed the transaction it is in: nothing of it can be rolled back',
      );
    }
    this.#wasInTransaction ||= isIn;
  }
}

/** Its reader gets the error; when there is none any more, it is nobody's. */
function cut(stream: ReadStream): void {
  stream.on('error', () => undefined);
  (stream as ReadStream & { destroy(error: Error): void }).destroy(new TransactionEndedError());
}
