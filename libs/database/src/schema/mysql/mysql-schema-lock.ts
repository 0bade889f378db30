import type { PoolConnection } from 'mysql2';
import { waitingOn } from '@eggybyte/lifecycle';
import type { DataSource, QueryRunner } from 'typeorm';
import { loggerOf, nameOfDataSource } from '../../data-source/data-source-name.js';
import { hangUp } from '../../connection/hang-up.js';
import { liftQueryTimeout } from '../../pool/lift-query-timeout.js';
import { SchemaLockError } from '../schema.errors.js';
import { askMysqlServer, type MysqlServer } from './mysql-server.js';
import { NoNamedLock, NoServerLock, NamedLock, type ServerLock } from './named-lock.js';
import { RowLock } from './row-lock.js';

/** A process that vanished or froze frees the lock after this long; a living one says so in between. */
const HOLDER_IDLE_SECONDS = 30;
const HOLDER_ALIVE_MS = 10_000;
/** DDL that waits longer for a table holds up every other statement on it, so it gives way and tries again. */
const DDL_WAIT_SECONDS = 10;
/** Slices of a second between two words about who holds it. */
const TOLD_EVERY = 5;

export interface SchemaLockOptions<T> {
  kind: 'auto' | 'row' | 'none';
  timeoutMs: number;
  signal: AbortSignal;
  /** Asked while another process holds the lock: what it finds is the result, and the lock is no longer needed. */
  peerFinished: (runner: QueryRunner) => Promise<T | undefined>;
}

export interface LockHolder {
  runner: QueryRunner;
  server: MysqlServer;
  waitedMs: number;
  /** Rejects when the lock was lost. Where it hangs on the runner's connection, that has ended then by itself. */
  stillHeld: () => Promise<void>;
}

/**
 * Runs `work` on the connection that holds the schema lock of this database: a process that loses the lock has lost
 * the connection too, and can change nothing more. The connection never goes back to the pool.
 */
export async function withMysqlSchemaLock<T>(
  dataSource: DataSource,
  options: SchemaLockOptions<T>,
  work: (holder: LockHolder) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  const connection = (await runner.connect()) as PoolConnection;
  await liftQueryTimeout(runner);
  const alive = setInterval(() => connection.ping(() => undefined), HOLDER_ALIVE_MS).unref();
  let lock: ServerLock | undefined;
  try {
    const server = await askMysqlServer(runner);
    await runner.query(
      `SET SESSION lock_wait_timeout = ${DDL_WAIT_SECONDS}, SESSION wait_timeout = ${HOLDER_IDLE_SECONDS}` +
        (server.flavour === 'mariadb' ? ', SESSION max_statement_time = 0' : ''),
    );
    const began = performance.now();
    const { lock: obtained, found } = await waitingOn('the schema lock', () => obtain(runner, server, options));
    lock = obtained;
    if (found !== undefined) return found;
    const waitedMs = Math.round(performance.now() - began);
    const result = await work({ runner, server, waitedMs, stillHeld: async () => lock?.check() });
    await lock?.release();
    return result;
  } finally {
    clearInterval(alive);
    lock?.drop();
    hangUp(connection, new Error('the schema lock was given back'));
    await runner.release();
  }
}

async function obtain<T>(
  runner: QueryRunner,
  server: MysqlServer,
  { kind, timeoutMs, signal, peerFinished }: SchemaLockOptions<T>,
): Promise<{ lock: ServerLock; found?: T }> {
  const logger = loggerOf('SchemaMigrator', nameOfDataSource(runner.dataSource));
  const began = performance.now();
  let lock: ServerLock = kind === 'none' ? new NoServerLock() : new NamedLock(runner, server);
  if (kind === 'row') lock = await RowLock.open(runner, HOLDER_IDLE_SECONDS);
  try {
    for (let slices = 1; ; slices++) {
      signal.throwIfAborted();
      try {
        if (await lock.tryFor1Second()) return { lock };
      } catch (error) {
        if (!(error instanceof NoNamedLock)) throw error;
        logger.log('The server has no GET_LOCK; a locked row does its work');
        lock = await RowLock.open(runner, HOLDER_IDLE_SECONDS);
        continue;
      }
      const found = await peerFinished(runner);
      if (found !== undefined) return { lock, found };
      const waitedMs = Math.round(performance.now() - began);
      const overdue = waitedMs >= timeoutMs;
      const holder = overdue || slices % TOLD_EVERY === 1 ? await lock.holder() : '';
      if (overdue) {
        throw new SchemaLockError(
          `another process has held it for ${waitedMs} ms${holder}`,
          'see whether another replica hangs in its start, or raise DATABASE_MIGRATE_LOCK_TIMEOUT',
        );
      }
      if (slices % TOLD_EVERY === 1) logger.log(`Another process is changing the schema${holder}; waiting for it`);
    }
  } catch (error) {
    lock.drop();
    throw error;
  }
}
