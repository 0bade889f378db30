import type { PoolConnection } from 'mysql2';
import type { QueryRunner } from 'typeorm';
import { hangUp } from '../../connection/hang-up.js';
import { databaseVariable, nameOfDataSource } from '../../data-source/data-source-name.js';
import { driverError } from '../../driver-error.js';
import { SchemaLockError } from '../schema.errors.js';
import type { ServerLock } from './named-lock.js';

const LOCK_TABLE = 'eggy_schema_lock';
const LOCK_WAIT_TIMEOUT = 1205;
const ALIVE_MS = 10_000;

/**
 * A row that a transaction on a connection of its own has locked, as DDL would commit it: for servers without GET_LOCK,
 * and for clusters in which that is known to one node only.
 */
export class RowLock implements ServerLock {
  readonly #alive: NodeJS.Timeout;
  #lost: Error | undefined;

  private constructor(
    private readonly runner: QueryRunner,
    private readonly connection: PoolConnection,
  ) {
    connection.on('error', (error: Error) => (this.#lost = error));
    connection.on('end', () => (this.#lost ??= new Error('the server closed its connection')));
    this.#alive = setInterval(() => connection.ping(() => undefined), ALIVE_MS).unref();
  }

  /** @param idleSeconds after which the server frees the lock of a process that vanished or froze */
  static async open(worker: QueryRunner, idleSeconds: number): Promise<RowLock> {
    const { poolSize } = worker.connection.options as { poolSize?: number };
    if (poolSize === 1) {
      throw new SchemaLockError(
        'the lock by a row needs a second connection',
        `set ${databaseVariable(nameOfDataSource(worker.dataSource), 'MAX_OPEN_CONNS')} to 2 or more`,
      );
    }
    await worker.query(`CREATE TABLE IF NOT EXISTS ${LOCK_TABLE} (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB`);
    await worker.query(`INSERT IGNORE INTO ${LOCK_TABLE} VALUES (1)`);
    const runner = worker.connection.createQueryRunner();
    const lock = new RowLock(runner, (await runner.connect()) as PoolConnection);
    await runner.query(`SET SESSION wait_timeout = ${idleSeconds}, SESSION innodb_lock_wait_timeout = 1`);
    return lock;
  }

  async tryFor1Second(): Promise<boolean> {
    await this.runner.query('START TRANSACTION');
    try {
      await this.runner.query(`SELECT id FROM ${LOCK_TABLE} WHERE id = 1 FOR UPDATE`);
      return true;
    } catch (error) {
      if (driverError(error).errno !== LOCK_WAIT_TIMEOUT) throw error;
      await this.runner.query('ROLLBACK');
      return false;
    }
  }

  async holder(): Promise<string> {
    return '';
  }

  async check(): Promise<void> {
    const failure = await this.runner.query('SELECT 1').then(
      () => this.#lost,
      (error: unknown) => error,
    );
    if (!failure) return;
    throw new SchemaLockError('its connection was lost while the schema was changed', 'start again', failure);
  }

  async release(): Promise<void> {
    await this.runner.query('COMMIT');
  }

  drop(): void {
    clearInterval(this.#alive);
    hangUp(this.connection, new Error('the schema lock was given back'));
    void this.runner.release();
  }
}
