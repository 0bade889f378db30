import mysql2, { type Pool, type PoolOptions } from 'mysql2';
import { PoolGuard } from '../pool/pool-guard.js';
import type { PoolGuardSettings } from '../pool/pool-guard-settings.js';

/** What TypeORM takes as its `driver` option: mysql2 with a guarded pool. It makes one, as there are no replicas. */
export class MysqlDriver {
  #guard: PoolGuard | undefined;

  constructor(private readonly settings: PoolGuardSettings) {}

  get guard(): PoolGuard | undefined {
    return this.#guard;
  }

  createPool(options: PoolOptions): Pool {
    const pool = mysql2.createPool(options);
    this.#guard = new PoolGuard(pool, this.settings);
    return pool;
  }

  /** Closes what a failed start left open: TypeORM forgets its pool when the step after connecting fails. */
  async closeAll(): Promise<void> {
    const pool = this.#guard?.pool;
    if (pool) await new Promise<void>((resolve) => pool.end(() => resolve()));
  }
}
