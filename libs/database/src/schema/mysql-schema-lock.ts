import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { PoolConnection } from 'mysql2';
import { waitingOn } from '@eggybyte/lifecycle';
import type { DataSource, QueryRunner } from 'typeorm';
import { hangUp } from '../connection/hang-up.js';
import { driverError } from '../driver-error.js';
import { liftQueryTimeout } from '../pool/lift-query-timeout.js';
import { SchemaLockError } from './schema.errors.js';

const logger = new Logger('SchemaMigrator');

/** One GET_LOCK waits this long, so that the signal and the deadline are looked at in between. TiDB's least is 1. */
const SLICE_SECONDS = 1;
/** A process that vanished or froze frees the lock after this long; a living one says so in between. */
const HOLDER_IDLE_SECONDS = 30;
const HOLDER_ALIVE_MS = 10_000;
/** DDL that waits longer for a table holds up every other statement on it, so it gives way and tries again. */
const DDL_WAIT_SECONDS = 10;
const NO_SUCH_FUNCTION = new Set([1305, 1235]);

/**
 * Runs `work` on the connection that holds the schema lock of this database: a process that loses the lock has lost
 * the connection too, and can change nothing more. The connection never goes back to the pool.
 */
export async function withMysqlSchemaLock<T>(
  dataSource: DataSource,
  timeoutMs: number,
  signal: AbortSignal,
  work: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  const connection = (await runner.connect()) as PoolConnection;
  await liftQueryTimeout(runner);
  const alive = setInterval(() => connection.ping(() => undefined), HOLDER_ALIVE_MS).unref();
  try {
    await runner.query(
      `SET SESSION lock_wait_timeout = ${DDL_WAIT_SECONDS}, SESSION wait_timeout = ${HOLDER_IDLE_SECONDS}`,
    );
    const name = await lockName(runner);
    await waitingOn('the schema lock', () => obtain(runner, name, timeoutMs, signal));
    const result = await work(runner);
    await runner.query('SELECT RELEASE_LOCK(?)', [name]);
    return result;
  } finally {
    clearInterval(alive);
    hangUp(connection, new Error('the schema lock was given back'));
    await runner.release();
  }
}

/** Lock names are per server and at most 64 characters long. */
async function lockName(runner: QueryRunner): Promise<string> {
  const [row]: { name: string }[] = await runner.query('SELECT DATABASE() AS name');
  const digest = createHash('sha256')
    .update(row?.name ?? '')
    .digest('hex');
  return `eggy:${digest.slice(0, 24)}`;
}

async function obtain(runner: QueryRunner, name: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  for (let slices = 1; ; slices++) {
    signal.throwIfAborted();
    if (await tryLock(runner, name)) return;
    const waitedMs = Math.round(performance.now() - began);
    if (waitedMs >= timeoutMs) {
      throw new SchemaLockError(
        `another process has held it for ${waitedMs} ms`,
        'see whether another replica hangs in its start, or raise DATABASE_MIGRATE_LOCK_TIMEOUT',
      );
    }
    if (slices % 5 === 1) logger.log('Another process is changing the schema; waiting for it');
  }
}

async function tryLock(runner: QueryRunner, name: string): Promise<boolean> {
  try {
    const [row]: { got: unknown }[] = await runner.query('SELECT GET_LOCK(?, ?) AS got', [name, SLICE_SECONDS]);
    return Number(row?.got) === 1;
  } catch (error) {
    if (!NO_SUCH_FUNCTION.has(driverError(error).errno ?? 0)) throw error;
    throw new SchemaLockError('the server has no GET_LOCK', 'use a server that has it; TiDB does from 6.2 on', error);
  }
}
